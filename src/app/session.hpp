// Session: one run of the pipeline, from a configuration to a clean stop. Start-up is a list of
// named steps over one state; what they made is taken down in reverse order. Used by run, scan and
// demo; the only place that picks concrete sources, sinks, detectors and stores.
//
// Owned and driven by the main thread; the pipeline's threads are inside.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "event/origin.hpp"
#include "pipeline/keeper.hpp"
#include "pipeline/pump.hpp"
#include "source/source.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spoor::app {

struct SessionOptions {
    config::Config config;
    std::string data_dir;
    bool in_memory = false;      // nothing is kept (scan without --data)
    bool inline_driver = false;  // one thread, for comparison and debugging
    bool close_windows = false;  // at the end of all input; never for `run`
    Duration until_idle{
        0};  // 0: until a signal; else end when all sources are at their end and silent that long
    bool end_at_end = false;            // end as soon as all sources are at their end (scan, demo)
    bool use_configured_inputs = true;  // kafka and files of the configuration
    // More sources, made anew whenever the pipeline is.
    std::function<Result<std::vector<std::unique_ptr<source::Source>>>(OriginTable&)> more_sources;
    // Called about four times a second on the main thread.
    std::function<void(const class Session&)> on_tick;
    pipeline::LetterHearer letters_stored;  // on another thread; may be empty
};

class Session {
public:
    // Runs the steps; the error names the step that failed.
    [[nodiscard]] static Result<std::unique_ptr<Session>> start(SessionOptions options);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Until the end as the options say, or a signal (SIGINT, SIGTERM: a clean stop at a marker).
    // Then everything is drained and closed. The error is what kept it from ending cleanly.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] pipeline::KeeperStats keeper_stats() const;
    [[nodiscard]] std::vector<pipeline::SinkStats> sink_stats() const;
    [[nodiscard]] std::vector<source::SourceHealth> source_health() const;
    [[nodiscard]] store::AlertLog& alert_log();  // the pump's: not while it runs
    // Another view of the alerts, for the main thread while it runs. Not for in_memory.
    [[nodiscard]] Result<std::unique_ptr<store::AlertLog>> open_log() const;
    [[nodiscard]] bool interrupted() const;
    // From the start to the commit of the last epoch that had events in it: the time the work took,
    // without the idle rest.
    [[nodiscard]] Duration time_to_last_record() const;

private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spoor::app
