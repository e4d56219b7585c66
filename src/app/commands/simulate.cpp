#include "simulate/simulate.hpp"

#include "app/command.hpp"
#include "app/record_output.hpp"
#include "base/clock.hpp"
#include "simulate/schedule.hpp"
#include "simulate/truth.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

struct SimulateOptions {
    RecordTarget target{.output = "-", .topic = {}, .bootstrap = {}, .compression = {}};
    std::vector<std::string> scenarios;
    std::string duration = "24h";
    std::string start;
    std::string realism;
    std::string truth;
    std::uint64_t seed = 1;
    std::optional<double> rate;
    std::optional<double> speed;
    bool strip_labels = false;
};

// The original could write to Redis: a hash that nothing read.
constexpr std::string_view redis_answer =
    "--output {} is gone: the original wrote events to a Redis hash that nothing read. Write them "
    "to "
    "Kafka (--output kafka) and let `spoor run` put the alerts into Redis (redis.enabled: true)";

Result<simulate::CampaignOptions> campaign_options(const SimulateOptions& options,
                                                   const config::Config& config,
                                                   double speed,
                                                   Timestamp now) {
    simulate::CampaignOptions campaign;
    campaign.seed = options.seed;
    campaign.settings = config.simulation;
    campaign.strip_labels = options.strip_labels;
    if (!options.realism.empty()) {
        campaign.settings.realism = options.realism;
    }
    campaign.settings.rate_per_minute = options.rate.value_or(campaign.settings.rate_per_minute);
    SPOOR_TRY(campaign.length, simulate::parse_length(options.duration));
    SPOOR_TRY(campaign.planned, simulate::parse_schedule(options.scenarios, campaign.length));
    // Live traffic begins now; a past is made up so that it ends now.
    const bool live = speed == 1.0 || campaign.length == simulate::without_end;
    campaign.start = live ? now : now - campaign.length;
    if (!options.start.empty()) {
        const auto start = parse_time(options.start);
        if (!start) {
            return fail(
                Errc::invalid_argument,
                fmt::format("'{}' is not a time, such as 2026-01-31T12:00:00Z", options.start));
        }
        campaign.start = *start;
    }
    return campaign;
}

class TruthFile {
public:
    TruthFile() = default;
    TruthFile(const TruthFile&) = delete;
    TruthFile& operator=(const TruthFile&) = delete;

    ~TruthFile() {
        if (file_ != nullptr) {
            std::fclose(file_);
        }
    }

    [[nodiscard]] Result<void> open(const std::string& path) {
        if (path.empty()) {
            return {};
        }
        file_ = std::fopen(path.c_str(), "wxe");
        if (file_ == nullptr) {
            return fail(
                errno == EEXIST ? Errc::already_exists : Errc::io,
                fmt::format("cannot make {}: {}", path, std::generic_category().message(errno)));
        }
        return {};
    }

    [[nodiscard]] Result<void> add(const simulate::Message& message) {
        line_.clear();
        truth_.add(message, line_);
        if (file_ != nullptr && std::fwrite(line_.data(), 1, line_.size(), file_) != line_.size()) {
            return fail(
                Errc::io,
                fmt::format("cannot write the truth: {}", std::generic_category().message(errno)));
        }
        return {};
    }

    [[nodiscard]] const simulate::Truth& truth() const { return truth_; }

private:
    std::FILE* file_ = nullptr;
    std::string line_;
    simulate::Truth truth_;
};

Result<void> send(const simulate::CampaignOptions& options,
                  double speed,
                  RecordOutput& output,
                  TruthFile& truth) {
    simulate::Campaign campaign(options);
    while (!stop_requested()) {
        const auto message = campaign.next();
        if (!message) {
            break;
        }
        if (speed > 0) {
            const double due = static_cast<double>((message->time - options.start).count()) / speed;
            output.wait_until(Duration{static_cast<std::int64_t>(due)});
            if (stop_requested()) {
                break;
            }
        }
        SPOOR_TRY(const bool written,
                  output.write(message->host, message->json, truth.truth().num_events()));
        if (!written) {
            break;
        }
        SPOOR_TRY_VOID(truth.add(*message));
    }
    return {};
}

Result<void> simulate(SimulateOptions& options, const config::Config& config) {
    if (options.target.output == "redis" || options.target.output == "both") {
        return fail(Errc::unsupported, fmt::format(redis_answer, options.target.output));
    }
    SPOOR_TRY(const Duration length, simulate::parse_length(options.duration));
    // Without an end there is no hurry: it runs with the clock.
    const double speed = options.speed.value_or(length == simulate::without_end ? 1.0 : 0.0);
    SPOOR_TRY(const auto campaign, campaign_options(options, config, speed, SystemClock{}.now()));
    if (options.target.topic.empty()) {
        options.target.topic = config.simulation.kafka_topic;
    }
    TruthFile truth;
    SPOOR_TRY_VOID(truth.open(options.truth));
    SPOOR_TRY(auto output,
              RecordOutput::open(options.target, config, config.simulation.kafka_topic));
    SPOOR_TRY_VOID(send(campaign, speed, *output, truth));
    SPOOR_TRY(const sink::DeliverySummary summary, output->finish());
    std::fprintf(stderr,
                 "%s%s",
                 fmt::format("{} simulated events from {} ({}), seed {}; {} attacks\n",
                             truth.truth().num_events(),
                             format_time(campaign.start),
                             campaign.settings.realism,
                             options.seed,
                             truth.truth().num_scenarios())
                     .c_str(),
                 truth.truth().summary().c_str());
    if (options.target.is_kafka()) {
        std::fprintf(stderr,
                     "%llu delivered to topic %s\n",
                     static_cast<unsigned long long>(summary.delivered),
                     options.target.topic.c_str());
    }
    if (!summary.complete()) {
        return fail(Errc::unavailable, summary.error);
    }
    return {};
}

void run(Context& context, SimulateOptions& options) {
    config::Config config;
    if (!load_config(context, config)) {
        return;
    }
    if (const auto done = simulate(options, config); !done) {
        std::fprintf(stderr, "spoor simulate: %s\n", done.error().detail.c_str());
        context.exit_code = exit_code_of(done.error());
    } else if (stop_requested()) {
        context.exit_code = exit_interrupted;
    }
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand(
        "simulate",
        "Make up the security events of an office, with attacks in them, as the configuration's "
        "`simulation` section says");
    auto options = std::make_shared<SimulateOptions>();
    add_common_options(*command, context);
    command->add_option("--scenario",
                        options->scenarios,
                        "An attack to run: data_exfiltration or brute_force, with @AFTER and @HOST "
                        "if wanted (brute_force@6h@host3); may be given many times");
    command
        ->add_option("--duration",
                     options->duration,
                     "How much time to make up: 24h, 7d, or a number of minutes; 0 = for ever, at "
                     "the clock's pace")
        ->capture_default_str();
    command->add_option("--start",
                        options->start,
                        "Time of the beginning (default: such that it ends now; with --speed 1, "
                        "now)");
    command->add_option("--seed", options->seed, "Fixes everything")->capture_default_str();
    command
        ->add_option("--realism",
                     options->realism,
                     "basic, intermediate or advanced (default: the configuration's)")
        ->check(CLI::IsMember({"basic", "intermediate", "advanced"}));
    command->add_option("--rate", options->rate, "Events a minute (default: the configuration's)")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--speed",
                     options->speed,
                     "Times the clock's pace: 1 = live; 0 (the default) = at once")
        ->check(CLI::NonNegativeNumber);
    command->add_option(
        "--truth", options->truth, "Write which events belong to which attack to this new file");
    command->add_flag("--strip-labels",
                      options->strip_labels,
                      "Leave severity, suspicious, reason, mitre_attack and scenario_* out");
    command
        ->add_option(
            "--output", options->target.output, "- for standard output, a new file, or kafka")
        ->capture_default_str();
    add_target_options(*command, options->target);
    command->callback([&context, options] { run(context, *options); });
}

}  // namespace spoor::app
