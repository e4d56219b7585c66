#include "app/session.hpp"

#include "app/command.hpp"
#include "app/live_content.hpp"
#include "app/run_report.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "pipeline/drivers.hpp"
#include "pipeline/pipeline.hpp"
#include "sink/redis_sink.hpp"
#include "source/file_source.hpp"
#include "source/kafka_source.hpp"
#include "store/memory_store.hpp"
#include "store/search_index.hpp"
#include "store/sqlite_store.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>

namespace spoor::app {

namespace {

constexpr auto tick = std::chrono::milliseconds{50};
constexpr Duration status_every = std::chrono::seconds{1};
constexpr Duration sink_drain = std::chrono::seconds{10};
constexpr Duration source_close = std::chrono::seconds{10};
constexpr Duration failing_store_patience = std::chrono::seconds{10};
constexpr Duration shortest_rebuild_wait = std::chrono::seconds{1};
constexpr Duration longest_rebuild_wait = std::chrono::seconds{60};
constexpr Duration index_at_stop = std::chrono::seconds{2};
constexpr Duration retention_every = std::chrono::seconds{1};
constexpr std::size_t retention_rows = 2000;
constexpr std::size_t search_rows = 500;

std::atomic<int> signal_count{0};

void on_signal(int /*signal*/) {
    signal_count.fetch_add(1);
}

std::atomic<bool> reload_asked{false};

void on_hangup(int /*signal*/) {
    reload_asked.store(true);
}

// A first signal stops cleanly; a second one, of either kind, ends the process at once. SIGHUP is
// for rules only.
void catch_signals(bool has_rules) {
    signal_count = 0;
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    if (has_rules) {
        reload_asked = false;
        action.sa_handler = on_hangup;
        sigaction(SIGHUP, &action, nullptr);
    }
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
        seed = static_cast<std::uint64_t>(getpid());
    }
    return seed;
}

}  // namespace

// Members in the order they are made; the destructor takes them down in reverse.
struct Session::State {
    SessionOptions options;
    SystemClock clock;
    Timestamp started = no_time;
    OriginTable origins;
    std::unique_ptr<store::MemoryStore> memory;
    std::unique_ptr<store::SqliteStore> sqlite;
    std::unique_ptr<store::SqliteAlertLog> sqlite_log;
    std::unique_ptr<store::SqliteCursors> sqlite_cursors;
    std::unique_ptr<store::SearchIndex> search;
    store::EpochStore* epochs = nullptr;
    store::AlertLog* log = nullptr;
    std::unique_ptr<LiveContent> live;
    pipeline::ContentPtr content;  // what is in force, or asked for
    pipeline::Doorbell pump_bell;
    std::unique_ptr<pipeline::Pump> pump;
    std::unique_ptr<pipeline::Pipeline> pipeline;
    Duration last_retention{0};
    Duration started_at{0};  // monotonic
    Duration rate_at{0};     // of the last report, for events a second
    std::uint64_t rate_events = 0;
    std::uint64_t num_rebuilds = 0;
    Duration last_rebuild{-longest_rebuild_wait * 3};  // monotonic
    Duration rebuild_wait = shortest_rebuild_wait;
    std::string search_error;    // the last one, so that it is said once
    bool store_gave_up = false;  // a stop that the store did not let end cleanly
    bool interrupted = false;

    Result<void> open_store();
    Result<void> make_content();
    Result<void> make_sinks();
    Result<void> make_pipeline();
    Result<std::vector<std::unique_ptr<source::Source>>> make_sources();
    Result<void> add_configured_sources(std::vector<std::unique_ptr<source::Source>>& out);
    void housekeeping();
    void report(std::string_view state);
    void renew_content();
    bool should_stop(bool& stopping);
    void drive_threads();
    void drive_inline();
    void watch(pipeline::ThreadDriver& driver, const Session& session);
    Result<void> rebuild();
    void finish_index();
    void drain_sinks();
};

Result<void> Session::State::open_store() {
    if (options.in_memory) {
        memory = std::make_unique<store::MemoryStore>();
        memory->keep_no_letters();  // nobody could ask for them
        epochs = memory.get();
        log = memory.get();
        return {};
    }
    SPOOR_TRY(sqlite, store::SqliteStore::open(options.data_dir));
    SPOOR_TRY(sqlite_log, store::SqliteAlertLog::open(options.data_dir));
    SPOOR_TRY(sqlite_cursors, store::SqliteCursors::open(options.data_dir));
    SPOOR_TRY(search, store::SearchIndex::open(options.data_dir));
    epochs = sqlite.get();
    log = sqlite_log.get();
    return {};
}

Result<void> Session::State::make_content() {
    live = std::make_unique<LiveContent>(options.config, clock, options.end_at_end);
    SPOOR_TRY(content, live->start());
    return {};
}

Result<void> Session::State::make_sinks() {
    if (options.in_memory) {
        return {};
    }
    std::vector<std::unique_ptr<sink::Sink>> sinks;
    if (options.config.redis.enabled) {
        sinks.push_back(std::make_unique<sink::RedisSink>(options.config.redis));
    }
    pipeline::PumpLinks links{&clock, log, sqlite_cursors.get(), epochs->store_id(), {}};
    links.idle_work = [this] {
        // The index may wait: a search reads what it lacks. Detection that is behind may not.
        if (pipeline->intake().behind()) {
            return false;
        }
        const auto indexed = search->catch_up(search_rows);
        if (!indexed && indexed.error().detail != search_error) {
            search_error = indexed.error().detail;
            spoor::log(LogLevel::error,
                       "store",
                       "the text index: {}; searches read the alerts themselves",
                       search_error);
        }
        return indexed && *indexed > 0;
    };
    pump = std::make_unique<pipeline::Pump>(std::move(links), std::move(sinks), random_seed());
    return {};
}

Result<void> Session::State::add_configured_sources(
    std::vector<std::unique_ptr<source::Source>>& out) {
    if (options.config.kafka) {
        SPOOR_TRY(
            auto kafka,
            source::make_kafka_source(*options.config.kafka, origins, clock, options.data_dir));
        out.push_back(std::move(kafka));
    } else if (num_rebuilds == 0) {
        spoor::log(
            LogLevel::warning,
            "start",
            "no `kafka` section in the configuration: Kafka is left out, the other sources run");
    }
    for (const config::File& file : options.config.files) {
        out.push_back(source::make_follow_source(file, origins));
    }
    return {};
}

Result<std::vector<std::unique_ptr<source::Source>>> Session::State::make_sources() {
    std::vector<std::unique_ptr<source::Source>> out;
    if (options.use_configured_inputs) {
        SPOOR_TRY_VOID(add_configured_sources(out));
    }
    if (options.more_sources) {
        SPOOR_TRY(auto more, options.more_sources(origins));
        for (auto& source : more) {
            out.push_back(std::move(source));
        }
    }
    if (out.empty()) {
        return fail(
            Errc::invalid_argument,
            "no source is configured: add a `kafka` section or `files` to the configuration "
            "(spoor config init --profile kafka shows one)");
    }
    return out;
}

Result<void> Session::State::make_pipeline() {
    pipeline.reset();
    pipeline::PipelineParts parts;
    parts.clock = &clock;
    parts.origins = &origins;
    parts.content = content;
    parts.store = epochs;
    SPOOR_TRY(parts.sources, make_sources());
    parts.pump_bell = &pump_bell;
    parts.housekeeping = [this] { housekeeping(); };
    parts.letters_stored = options.letters_stored;
    pipeline = std::make_unique<pipeline::Pipeline>(options.config.pipeline, std::move(parts));
    SPOOR_TRY(const pipeline::Restored restored, pipeline->start());
    if (restored.epoch > 0) {
        spoor::log(LogLevel::info,
                   "start",
                   "going on after epoch {} with {} state rows",
                   restored.epoch,
                   restored.num_rows);
    }
    return {};
}

void Session::State::housekeeping() {
    if (sqlite == nullptr) {
        return;
    }
    const Duration now = clock.monotonic();
    if (now - last_retention < retention_every) {
        return;
    }
    const std::uint64_t min_cursor = pump ? pump->lowest_cursor() : store::no_sinks;
    const auto kept = sqlite->retain(clock.now(), options.config.store, min_cursor, retention_rows);
    if (!kept) {
        spoor::log(LogLevel::error, "store", "retention failed: {}", kept.error().detail);
    }
    if (!kept || !kept->more) {
        last_retention = now;
    }
}

void Session::State::report(std::string_view state) {
    if (options.in_memory) {
        return;
    }
    RunFacts facts;
    facts.started = started;
    facts.now = clock.now();
    facts.keeper = pipeline->keeper().stats();
    facts.state = facts.keeper.last_error.empty() ? state : "store_failing";
    facts.sources = pipeline->intake().health();
    facts.sinks = pump ? pump->stats() : std::vector<pipeline::SinkStats>{};
    facts.queues = pipeline->queue_use();
    facts.rules = live->rules();
    const std::uint64_t events = facts.keeper.counters.get("events_evaluated");
    const Duration now = clock.monotonic();
    if (rate_at > Duration{0} && now > rate_at) {
        facts.events_per_second = static_cast<double>(events - rate_events) * 1e6 /
                                  static_cast<double>((now - rate_at).count());
    }
    rate_at = now;
    rate_events = events;
    if (const auto written = write_run_status(options.data_dir, facts); !written) {
        spoor::log(LogLevel::warning, "status", "{}", written.error().detail);
    }
}

// Other rules come into force at the next marker.
void Session::State::renew_content() {
    if (auto next = live->renew(reload_asked.exchange(false))) {
        content = std::move(next);
        pipeline->intake().request_content(content);
    }
}

// Asks for the final marker when it is time; `stopping` remembers that it was asked.
bool Session::State::should_stop(bool& stopping) {
    if (stopping) {
        return true;
    }
    const bool signalled = signal_count.load() > 0;
    bool idle = false;
    if (options.end_at_end || options.until_idle.count() > 0) {
        const Duration quiet = clock.monotonic() - Duration{pipeline->intake().last_record_us()};
        idle = pipeline->intake().at_end() && (options.end_at_end || quiet >= options.until_idle);
    }
    if (signalled || idle) {
        interrupted = signalled;
        pipeline->intake().request_stop(options.close_windows && idle);
        stopping = true;
    }
    return stopping;
}

void Session::State::watch(pipeline::ThreadDriver& driver, const Session& session) {
    bool stopping = false;
    constexpr Duration not_stuck{-1};
    Duration stuck_since = not_stuck;  // a stop is wanted and the store takes nothing
    Duration reported{0};
    Duration ticked{0};
    std::mutex mutex;
    std::condition_variable never;
    while (!driver.finished()) {
        if (!should_stop(stopping)) {
            renew_content();
        }
        const Duration now = clock.monotonic();
        if (!stopping || pipeline->keeper().stats().last_error.empty()) {
            stuck_since = not_stuck;
        } else if (stuck_since == not_stuck) {
            stuck_since = now;
        } else if (now - stuck_since > failing_store_patience) {
            store_gave_up = true;
            driver.abandon();
        }
        if (now - reported >= status_every) {
            reported = now;
            report("running");
        }
        if (options.on_tick && now - ticked >= std::chrono::milliseconds{250}) {
            ticked = now;
            options.on_tick(session);
        }
        std::unique_lock lock(mutex);
        never.wait_for(lock, tick);  // a signal cuts it short at the latest at the next tick
    }
}

void Session::State::drain_sinks() {
    if (!pump) {
        return;
    }
    // A sink that is away keeps its alerts in the store; it gets them at the next start.
    const Duration deadline = clock.monotonic() + sink_drain;
    while (!pump->drained() && clock.monotonic() < deadline && signal_count.load() < 2) {
        if (pump->step() != pipeline::Progress::worked) {
            bool waiting_for_server = false;
            for (const pipeline::SinkStats& s : pump->stats()) {
                waiting_for_server = waiting_for_server || (!s.connected && !s.last_error.empty());
            }
            if (waiting_for_server && clock.monotonic() + sink_drain / 2 > deadline) {
                break;
            }
            pump_bell.wait(std::chrono::milliseconds{20});
        }
    }
    pump->close();
}

// A lost assignment: back to the last epoch, as after a crash. Two instances that fence each other
// would do this without end, so each time in a row waits longer.
Result<void> Session::State::rebuild() {
    const Duration now = clock.monotonic();
    rebuild_wait = now - last_rebuild > longest_rebuild_wait * 2
                       ? shortest_rebuild_wait
                       : std::min(rebuild_wait * 2, longest_rebuild_wait);
    ++num_rebuilds;
    pipeline->intake().close(Duration{0});
    std::mutex mutex;
    std::condition_variable never;
    while (clock.monotonic() - now < rebuild_wait && signal_count.load() == 0) {
        std::unique_lock lock(mutex);
        never.wait_for(lock, tick);
    }
    last_rebuild = clock.monotonic();
    return make_pipeline();
}

// Bounded in time: what is left is read without the index, and indexed by the next run.
void Session::State::finish_index() {
    const Duration deadline = clock.monotonic() + index_at_stop;
    while (search && clock.monotonic() < deadline) {
        const auto indexed = search->catch_up(search_rows);
        if (!indexed || *indexed == 0) {
            return;
        }
    }
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::start(SessionOptions options) {
    auto state = std::make_unique<State>();
    state->options = std::move(options);
    state->started = state->clock.now();
    state->started_at = state->clock.monotonic();

    struct Step {
        std::string_view name;
        Result<void> (State::*run)();
    };

    constexpr Step steps[] = {
        {"store", &State::open_store},
        {"content", &State::make_content},
        {"sinks", &State::make_sinks},
        {"pipeline and sources", &State::make_pipeline},
    };
    for (const Step& step : steps) {
        if (auto done = (state.get()->*step.run)(); !done) {
            return fail(done.error().code, std::string(step.name) + ": " + done.error().detail);
        }
    }
    return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<void> Session::run() {
    State& s = *state_;
    catch_signals(s.live->has_rules());
    for (;;) {
        if (s.options.inline_driver) {
            bool stopping = false;
            Duration reported{0};
            pipeline::run_inline(*s.pipeline, s.pump.get(), [&](bool worked) {
                if (!worked) {
                    s.pipeline->intake().refresh_health();
                    s.should_stop(stopping);
                    s.pipeline->intake_bell().wait(std::chrono::milliseconds{2});
                }
                if (s.clock.monotonic() - reported >= status_every) {
                    reported = s.clock.monotonic();
                    s.report("running");
                    if (!s.should_stop(stopping)) {
                        s.renew_content();
                    }
                }
                return !s.pipeline->intake().must_rebuild();
            });
        } else {
            pipeline::ThreadDriver driver(*s.pipeline, s.pump.get(), &s.pump_bell);
            s.watch(driver, *this);
        }
        if (!s.pipeline->intake().must_rebuild()) {
            break;
        }
        SPOOR_TRY_VOID(s.rebuild());
    }
    if (s.store_gave_up) {
        const std::string why = s.pipeline->keeper().stats().last_error;
        s.report("stopped");
        return fail(Errc::io,
                    "stopped while the store could not be written; what came after its last epoch "
                    "is read again: " +
                        why);
    }
    s.drain_sinks();
    s.pipeline->intake().close(source_close);
    s.finish_index();
    if (s.options.on_tick) {
        s.options.on_tick(*this);
    }
    s.report("stopped");
    return {};
}

pipeline::KeeperStats Session::keeper_stats() const {
    return state_->pipeline->keeper().stats();
}

std::vector<pipeline::SinkStats> Session::sink_stats() const {
    return state_->pump ? state_->pump->stats() : std::vector<pipeline::SinkStats>{};
}

std::vector<source::SourceHealth> Session::source_health() const {
    return state_->pipeline->intake().health();
}

store::AlertLog& Session::alert_log() {
    return *state_->log;
}

Result<std::unique_ptr<store::AlertLog>> Session::open_log() const {
    SPOOR_TRY(auto log, store::SqliteAlertLog::open(state_->options.data_dir));
    return std::unique_ptr<store::AlertLog>(std::move(log));
}

bool Session::interrupted() const {
    return state_->interrupted;
}

Duration Session::time_to_last_record() const {
    return Duration{state_->pipeline->keeper().stats().last_content_us} - state_->started_at;
}

}  // namespace spoor::app
