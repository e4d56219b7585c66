#include "app/command.hpp"
#include "base/diagnostic.hpp"

#include <CLI/CLI.hpp>
#ifdef SPOOR_MIMALLOC
#include <mimalloc.h>
#endif

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

// CLI11 says only that a command is missing; a person wants to know which word was not one.
int check_command(const CLI::App& app, int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-') {
        return spoor::app::exit_ok;
    }
    const std::string_view word = argv[1];
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) {
        names.push_back(command->get_name());
    }
    if (std::find(names.begin(), names.end(), word) != names.end()) {
        return spoor::app::exit_ok;
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string_view near = spoor::closest(word, views);
    std::fprintf(stderr, "spoor: there is no command '%s'", argv[1]);
    if (!near.empty()) {
        std::fprintf(stderr, "; did you mean '%s'?", std::string(near).c_str());
    }
    std::fprintf(stderr, "\nspoor --help lists the commands.\n");
    return spoor::app::exit_usage;
}

// What a command printed without asking whether it arrived: help, the version. A reader that did
// not want it all (| head) is no failure.
int checked(int code) {
    if (std::fflush(stdout) == 0 || errno == EPIPE || code != spoor::app::exit_ok) {
        return code;
    }
    std::fputs("spoor: cannot write standard output\n", stderr);
    return spoor::app::exit_input;
}

}  // namespace

// The subcommands are in commands/, start-up of the pipeline is in session.cpp.
int main(int argc, char** argv) {
#ifdef SPOOR_MIMALLOC
    // Compiled rules are some 20 MB that each event is looked up in: fewer misses of the TLB. Not
    // of what runs for weeks: these pages are not given back after a peak.
    if (argc > 1 && std::string_view(argv[1]) == "scan") {
        mi_option_enable(mi_option_large_os_pages);
    }
#endif
    // A reader that goes away (| head) ends us by a failed write, not by a signal.
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
    CLI::App app{"Spoor finds advanced persistent threats in streams of security events."};
    app.set_version_flag("--version", std::string("spoor ") + SPOOR_VERSION);
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& e) {
        return std::string("spoor: ") + e.what() +
               "\nspoor --help, or spoor COMMAND --help, lists what there is.\n";
    });
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
    spoor::app::add_rules(app, context);
    if (const int code = check_command(app, argc, argv); code != spoor::app::exit_ok) {
        return code;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return checked(app.exit(e) == 0 ? spoor::app::exit_ok : spoor::app::exit_usage);
    }
    return checked(context.exit_code);
}
