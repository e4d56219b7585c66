#include "app/command.hpp"

#include <CLI/CLI.hpp>

#include <csignal>

// The subcommands are in commands/, start-up of the pipeline is in session.cpp.
int main(int argc, char** argv) {
    // A reader that goes away (| head) ends us by a failed write, not by a signal.
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
    CLI::App app{"Spoor finds advanced persistent threats in streams of security events."};
    app.set_version_flag("--version", std::string("spoor ") + SPOOR_VERSION);
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::help);
    spoor::app::Context context;
    spoor::app::add_demo(app, context);
    spoor::app::add_run(app, context);
    spoor::app::add_scan(app, context);
    spoor::app::add_alerts(app, context);
    spoor::app::add_dlq(app, context);
    spoor::app::add_status(app, context);
    spoor::app::add_config(app, context);
    spoor::app::add_produce(app, context);
    spoor::app::add_simulate(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? spoor::app::exit_ok : spoor::app::exit_usage;
    }
    return context.exit_code;
}
