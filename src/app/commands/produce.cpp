#include "app/command.hpp"
#include "app/record_output.hpp"
#include "base/clock.hpp"
#include "base/json_writer.hpp"
#include "simulate/produce_stream.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spoor::app {

namespace {

// Up to here each record's partition and offset is printed; beyond, a line a partition.
constexpr std::uint64_t few = 100;
constexpr std::string_view default_topic = "apt_topic";

struct ProduceCommand {
    RecordTarget target{.output = "kafka", .topic = {}, .bootstrap = {}, .compression = {}};
    simulate::ProduceOptions produce;
    bool no_anomalies = false;
    double rate = 0;
    std::string start;
    std::string step;
    std::string lateness = "1h";
    bool json = false;
};

Result<void> take_time(const std::string& text, Duration& out) {
    const auto parsed = parse_duration(text);
    if (!parsed) {
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' is not a length of time, such as 500ms or 1h", text));
    }
    out = *parsed;
    return {};
}

// Fills in event times. At a rate they are when the record is sent. Without one they end now, half
// a second apart as the original's, but never more than a day ago.
Result<void> set_times(ProduceCommand& options, Timestamp now) {
    constexpr Duration original_step = std::chrono::milliseconds{500};
    constexpr Duration most = std::chrono::hours{24};
    simulate::ProduceOptions& p = options.produce;
    const auto count = static_cast<std::int64_t>(std::max<std::uint64_t>(p.messages, 1));
    SPOOR_TRY_VOID(take_time(options.lateness, p.lateness));
    p.features.step = options.rate > 0 ? Duration{static_cast<std::int64_t>(1e6 / options.rate)}
                                       : std::min<Duration>(original_step, most / count);
    if (!options.step.empty()) {
        SPOOR_TRY_VOID(take_time(options.step, p.features.step));
    }
    p.features.start = options.rate > 0 ? now : now - p.features.step * count;
    if (!options.start.empty()) {
        const auto start = parse_time(options.start);
        if (!start) {
            return fail(
                Errc::invalid_argument,
                fmt::format("'{}' is not a time, such as 2026-01-31T12:00:00Z", options.start));
        }
        p.features.start = *start;
    }
    return {};
}

// One line for each record, in the order of delivery.
class Deliveries {
public:
    explicit Deliveries(bool json) : json_(json) {}

    void sent(simulate::RecordKind kind, std::string host) {
        records_.emplace_back(kind, std::move(host));
    }

    void print(const sink::Delivery& d) const {
        const auto& [kind, host] = records_.at(d.tag);
        if (!d.error.empty()) {
            std::fprintf(stderr,
                         "record %llu was not delivered: %s\n",
                         static_cast<unsigned long long>(d.tag),
                         std::string(d.error).c_str());
            return;
        }
        std::string line;
        if (json_) {
            JsonWriter json(line);
            json.begin_object().member("record", d.tag).member("kind", to_string(kind));
            json.member("host", std::string_view(host)).member("topic", d.topic);
            json.member("partition", static_cast<int>(d.partition)).member("offset", d.offset);
            json.end_object();
        } else {
            line = fmt::format("{:>4}  {:<9}  {:<12}  {} [{}] {}",
                               d.tag,
                               to_string(kind),
                               host,
                               d.topic,
                               d.partition,
                               d.offset);
        }
        std::puts(line.c_str());
    }

private:
    bool json_;
    std::vector<std::pair<simulate::RecordKind, std::string>> records_;
};

void print_partitions(const sink::DeliverySummary& summary, bool as_json) {
    for (const sink::PartitionDelivery& p : summary.partitions) {
        std::string line;
        if (as_json) {
            JsonWriter json(line);
            json.begin_object().member("topic", std::string_view(p.topic));
            json.member("partition", static_cast<int>(p.partition)).member("records", p.delivered);
            json.member("first_offset", p.first).member("last_offset", p.last).end_object();
        } else {
            line = fmt::format("{} [{}]  {} records, offsets {} to {}",
                               p.topic,
                               p.partition,
                               p.delivered,
                               p.first,
                               p.last);
        }
        std::puts(line.c_str());
    }
}

// How many records were written.
Result<std::uint64_t> send(const ProduceCommand& options,
                           RecordOutput& output,
                           Deliveries* deliveries) {
    simulate::ProduceStream stream(options.produce);
    std::uint64_t n = 0;
    while (!stop_requested()) {
        const auto record = stream.next();
        if (!record) {
            break;
        }
        if (options.rate > 0) {
            const double due = static_cast<double>(n) * 1e6 / options.rate;
            output.wait_until(Duration{static_cast<std::int64_t>(due)});
        }
        if (deliveries != nullptr) {
            deliveries->sent(record->kind, record->message.host);
        }
        SPOOR_TRY(const bool written, output.write(record->message.host, record->message.json, n));
        if (!written) {
            break;
        }
        ++n;
    }
    return n;
}

Result<void> produce(ProduceCommand& options, const config::Config& config) {
    const SystemClock clock;
    options.produce.features.anomaly_every =
        options.no_anomalies ? 0 : options.produce.features.anomaly_every;
    SPOOR_TRY_VOID(set_times(options, clock.now()));
    SPOOR_TRY(auto output, RecordOutput::open(options.target, config, default_topic));
    Deliveries deliveries(options.json);
    const bool each = options.target.is_kafka() && options.produce.total() <= few;
    if (each) {
        output->on_delivery([&](const sink::Delivery& d) { deliveries.print(d); });
    }
    const Duration began = clock.monotonic();
    SPOOR_TRY(const std::uint64_t n, send(options, *output, each ? &deliveries : nullptr));
    SPOOR_TRY(const sink::DeliverySummary summary, output->finish());
    if (!options.target.is_kafka()) {
        return {};
    }
    if (!each) {
        print_partitions(summary, options.json);
    }
    std::fprintf(stderr,
                 "%s\n",
                 fmt::format("{} of {} records delivered to topic {} in {:.1f} s",
                             summary.delivered,
                             n,
                             options.target.topic,
                             static_cast<double>((clock.monotonic() - began).count()) / 1e6)
                     .c_str());
    if (!summary.complete()) {
        return fail(Errc::unavailable, summary.error);
    }
    return {};
}

void run(Context& context, ProduceCommand& options) {
    config::Config config;
    if (!load_config(context, config)) {
        return;
    }
    if (const auto done = produce(options, config); !done) {
        std::fprintf(stderr, "spoor produce: %s\n", done.error().detail.c_str());
        context.exit_code = exit_code_of(done.error());
    } else if (stop_requested()) {
        context.exit_code = exit_interrupted;
    }
}

}  // namespace

void add_produce(CLI::App& app, Context& context) {
    CLI::App* command =
        app.add_subcommand("produce",
                           "Send made-up feature messages to a Kafka topic, which is created if it "
                           "is missing; every third is anomalous");
    auto options = std::make_shared<ProduceCommand>();
    simulate::ProduceOptions& p = options->produce;
    add_common_options(*command, context);
    command->add_option("--num", p.messages, "Messages to send")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_flag("--no-anomalies", options->no_anomalies, "No anomalous messages");
    command->add_option("--anomaly-every", p.features.anomaly_every, "Every so manyth is anomalous")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command
        ->add_option("--rate",
                     options->rate,
                     "Records a second (default: as fast as they are taken; the original sent 2)")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--seed", p.features.seed, "Fixes all values")->capture_default_str();
    command
        ->add_option(
            "--hosts", p.features.num_hosts, "host1 to hostN instead of the original's six")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--poison", p.poison, "Extra records that cannot be decoded, a dozen ways")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--late", p.late, "Extra messages whose time is --lateness behind")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--lateness", options->lateness, "How late those are")
        ->capture_default_str();
    command->add_option("--duplicate", p.duplicates, "Extra records that repeat a recent one")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--start",
                        options->start,
                        "Event time of the first message (default: such that the last one is now; "
                        "at a --rate, now)");
    command->add_option("--step",
                        options->step,
                        "Event time between two messages (default: 500ms, less for very many)");
    command
        ->add_option(
            "--output", options->target.output, "kafka, a new file, or - for standard output")
        ->capture_default_str();
    add_target_options(*command, options->target);
    command->add_flag("--json", options->json, "Print partitions and offsets as JSON lines");
    command->callback([&context, options] { run(context, *options); });
}

}  // namespace spoor::app
