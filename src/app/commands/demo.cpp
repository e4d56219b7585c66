#include "app/command.hpp"
#include "app/run_report.hpp"
#include "app/session.hpp"
#include "app/simulated_source.hpp"
#include "base/log.hpp"
#include "sink/kafka_producer.hpp"
#include "store/writer_lock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

constexpr std::string_view marker_file = ".spoor-demo";
constexpr std::uint64_t watchable_pace =
    12'000;  // messages a second: the week passes in about five seconds
constexpr Duration campaign_length = std::chrono::hours{24 * 7};

struct DemoOptions {
    std::uint64_t seed = 1;
    bool once = false;
    std::string kafka_bootstrap;
    std::string topic = "spoor-demo";
};

// The demo's folder is its own: only one that an earlier demo made is emptied.
Result<void> prepare_folder(const std::string& dir) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(dir) && !fs::exists(fs::path(dir) / marker_file)) {
        return fail(Errc::already_exists,
                    dir + " is there and no demo made it; give another folder with --data");
    }
    if (fs::exists(dir) && store::is_in_use(dir)) {
        return fail(Errc::already_exists,
                    "another demo is running in " + dir + "; give another folder with --data");
    }
    fs::remove_all(dir, error);
    if (error) {
        return fail(Errc::io, "cannot empty " + dir + ": " + error.message());
    }
    fs::create_directories(dir, error);
    fs::permissions(dir, fs::perms::owner_all, error);
    if (error) {
        return fail(Errc::io, "cannot make " + dir + ": " + error.message());
    }
    std::ofstream(fs::path(dir) / marker_file) << "made by spoor demo\n";
    return {};
}

simulate::CampaignOptions campaign(const DemoOptions& options) {
    simulate::CampaignOptions campaign;
    campaign.seed = options.seed;
    // The week that ends now, so that "the last 24 hours" has something in it.
    campaign.start =
        std::chrono::floor<std::chrono::minutes>(SystemClock{}.now()) - campaign_length;
    campaign.length = campaign_length;
    campaign.settings.realism = "intermediate";
    campaign.planned = {{"brute_force", std::chrono::hours{24 * 6 + 2}},
                        {"data_exfiltration", std::chrono::hours{24 * 6 + 7}}};
    return campaign;
}

Result<void> produce_campaign(const DemoOptions& options) {
    SPOOR_TRY(auto producer, sink::KafkaProducer::make(options.kafka_bootstrap));
    SPOOR_TRY_VOID(producer->ensure_topic(options.topic, 3, std::chrono::seconds{20}));
    simulate::Campaign messages(campaign(options));
    std::uint64_t n = 0;
    while (const auto message = messages.next()) {
        sink::KafkaRecord record;
        record.topic = options.topic;
        record.key = message->host;
        record.value = message->json;
        record.time = message->time;
        SPOOR_TRY_VOID(producer->produce(record, std::chrono::seconds{20}));
        ++n;
    }
    const sink::DeliverySummary sent = producer->flush(std::chrono::seconds{30});
    if (!sent.complete()) {
        return fail(Errc::unavailable, "not all messages reached the broker: " + sent.error);
    }
    std::fprintf(stderr,
                 "produced %llu simulated events to topic %s on %s\n",
                 static_cast<unsigned long long>(n),
                 options.topic.c_str(),
                 options.kafka_bootstrap.c_str());
    return {};
}

// The summary builds up in place on a terminal, and as a line a second elsewhere.
class LiveSummary {
public:
    void show(const Session& session, store::AlertLog& log) {
        if (!found_.catch_up(log)) {
            return;
        }
        const std::string line = found_.line(session.keeper_stats().counters);
        if (terminal_) {
            std::fprintf(stderr, "\r\033[K%s", line.c_str());
        } else if (line != last_) {
            std::fprintf(stderr, "%s\n", line.c_str());
        }
        std::fflush(stderr);
        last_ = line;
    }

    void end() {
        if (terminal_) {
            std::fputc('\n', stderr);
        }
    }

    [[nodiscard]] const Found& found() const { return found_; }

private:
    const bool terminal_ = isatty(STDERR_FILENO) == 1;
    Found found_;
    std::string last_;
};

SessionOptions session_options(const DemoOptions& options,
                               config::Config config,
                               const std::string& dir) {
    SessionOptions session;
    session.data_dir = dir;
    session.config = std::move(config);
    session.config.kafka
        .reset();  // the demo brings its own input, and keeps what it finds to itself
    session.config.files.clear();
    session.config.redis.enabled = false;
    session.use_configured_inputs = !options.kafka_bootstrap.empty();
    if (session.use_configured_inputs) {
        config::Kafka kafka;
        kafka.topics = {options.topic};
        kafka.group_id = "spoor-demo";
        kafka.bootstrap_servers = options.kafka_bootstrap;
        kafka.consumer["bootstrap.servers"] = options.kafka_bootstrap;
        kafka.producer["bootstrap.servers"] = options.kafka_bootstrap;
        session.config.kafka = std::move(kafka);
        session.until_idle = std::chrono::seconds{1};
        return session;
    }
    // A campaign has an end, so its last windows may be closed.
    session.close_windows = true;
    session.end_at_end = true;
    session.more_sources =
        [options](OriginTable& origins) -> Result<std::vector<std::unique_ptr<source::Source>>> {
        static const SystemClock clock;
        std::vector<std::unique_ptr<source::Source>> sources;
        sources.push_back(std::make_unique<SimulatedSource>(
            campaign(options), origins, clock, options.once ? 0 : watchable_pace));
        return sources;
    };
    return session;
}

void print_end(const LiveSummary& live, const Counters& counters, const std::string& dir) {
    std::printf("%s", live.found().summary(counters).c_str());
    std::printf(
        "\nAll events of this demo are simulated, and labelled so. Everything is kept in %s\n",
        dir.c_str());
    std::printf("\nNext:\n");
    std::printf("  build/release/spoor alerts list --data %s --min-level low\n", dir.c_str());
    std::printf("  build/release/spoor status --data %s\n", dir.c_str());
    std::printf(
        "  build/release/spoor config init --profile kafka -o my-config.yaml   # then: spoor run "
        "--config my-config.yaml\n");
}

void demo(Context& context, const DemoOptions& options) {
    const std::string dir = context.data_dir.empty() ? "spoor-demo" : context.data_dir;
    config::Config config;
    if (!context.config_path.empty() && !load_config(context, config)) {
        return;
    }
    set_log_level(LogLevel::warning);
    const auto report = [&](const Error& error, int code) {
        std::fprintf(stderr, "spoor demo: %s\n", error.detail.c_str());
        context.exit_code = code;
    };
    if (const auto ready = prepare_folder(dir); !ready) {
        report(ready.error(), exit_usage);
        return;
    }
    std::fprintf(
        stderr,
        "A simulated week on 10 hosts, with a brute force and a data exfiltration in it, %s\n",
        options.kafka_bootstrap.empty() ? "streams through the pipeline"
                                        : "goes through Kafka and the pipeline");
    if (!options.kafka_bootstrap.empty()) {
        if (const auto sent = produce_campaign(options); !sent) {
            report(sent.error(), exit_unreachable);
            return;
        }
    }
    LiveSummary live;
    SessionOptions session_opts = session_options(options, std::move(config), dir);
    store::AlertLog* alert_log = nullptr;
    session_opts.on_tick = [&](const Session& s) { live.show(s, *alert_log); };
    auto session = Session::start(std::move(session_opts));
    if (!session) {
        report(session.error(), exit_input);
        return;
    }
    // The pump's log is its own; this one is for the summary.
    auto log = (*session)->open_log();
    if (!log) {
        report(log.error(), exit_input);
        return;
    }
    alert_log = log->get();
    if (const auto ended = (*session)->run(); !ended) {
        report(ended.error(), exit_input);
        return;
    }
    live.end();
    print_end(live, (*session)->keeper_stats().counters, dir);
    context.exit_code = (*session)->interrupted() ? exit_interrupted : exit_ok;
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand(
        "demo",
        "A simulated week with two attacks, through the real pipeline into an embedded store");
    auto options = std::make_shared<DemoOptions>();
    add_common_options(*command, context);  // --data: default ./spoor-demo, made anew
    command->add_option("--seed", options->seed, "Another week")->capture_default_str();
    command->add_flag("--once", options->once, "As fast as it goes, for scripts");
    command->add_option("--kafka-bootstrap",
                        options->kafka_bootstrap,
                        "Through this Kafka broker (HOST:PORT): produce, then read");
    command->callback([&context, options] { demo(context, *options); });
}

}  // namespace spoor::app
