// What tests need of the operating system: child processes, temporary folders, free ports, waiting
// for a condition. A child ends with its Process, and also when the thread that made it dies (a
// test program killed by ctest leaves nothing behind): make children on the main thread.
//
// Test support throws std::runtime_error when it cannot do what was asked; GoogleTest reports that
// as a failure. One owner; not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::test {

using std::chrono::milliseconds;

// Made new, removed with all that is in it.
class TempDir {
public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

// True as soon as the condition holds; false when the time is up.
[[nodiscard]] bool wait_until(milliseconds timeout, const std::function<bool()>& condition);

// A loopback port that nobody listens on now. Another process may still be faster: servers here
// choose again then.
[[nodiscard]] int free_port();
[[nodiscard]] bool port_answers(int port);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);  // throws if it cannot
void write_file(const std::filesystem::path& path, std::string_view bytes);

struct ProcessOptions {
    std::vector<std::string> argv = {};           // argv[0] is looked up in PATH
    std::map<std::string, std::string> env = {};  // added to this process's own
    std::filesystem::path working_directory = {};
    std::filesystem::path stdin_file = {};   // default: /dev/null
    bool stdin_pipe = false;                 // then write_stdin / close_stdin
    std::filesystem::path stdout_file = {};  // default: a file of its own, read by out()
    std::filesystem::path stderr_file = {};  // ditto, err()
};

class Process {
public:
    explicit Process(ProcessOptions options);
    explicit Process(std::vector<std::string> argv);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();  // SIGKILL, if it still runs

    [[nodiscard]] pid_t pid() const { return pid_; }

    [[nodiscard]] bool running();
    // Exit code, or 128 + signal; nullopt when it still runs after the timeout.
    std::optional<int> wait(milliseconds timeout);
    void kill(int signal);
    // SIGKILL, and waits until it is gone.
    void kill9();
    // SIGTERM, then waits; SIGKILL when that takes too long (and then throws).
    int stop(milliseconds timeout = std::chrono::seconds(20));

    // All it has written so far.
    [[nodiscard]] std::string out() const { return read_file(options_.stdout_file); }

    [[nodiscard]] std::string err() const { return read_file(options_.stderr_file); }

    void write_stdin(std::string_view bytes);
    void close_stdin();

private:
    void spawn();

    TempDir dir_;
    ProcessOptions options_;
    pid_t pid_ = -1;
    int stdin_fd_ = -1;
    std::optional<int> exit_code_;
};

struct Finished {
    int exit_code = 0;
    std::string out;
    std::string err;
};

// Runs to the end; throws with the output so far when that takes longer than the timeout.
Finished run(ProcessOptions options, milliseconds timeout = std::chrono::seconds(60));
Finished run(std::vector<std::string> argv, milliseconds timeout = std::chrono::seconds(60));

}  // namespace spoor::test
