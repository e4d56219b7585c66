#include "support/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

extern char** environ;

namespace spoor::test {

namespace {

[[noreturn]] void fail_errno(std::string_view what) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// argv and environment as exec takes them. Made before fork: a child of a program with threads may
// not allocate.
class ExecStrings {
public:
    explicit ExecStrings(std::vector<std::string> strings) : strings_(std::move(strings)) {
        for (std::string& s : strings_) {
            pointers_.push_back(s.data());
        }
        pointers_.push_back(nullptr);
    }

    [[nodiscard]] char* const* get() const { return pointers_.data(); }

private:
    std::vector<std::string> strings_;
    std::vector<char*> pointers_;
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!added.contains(std::string(text.substr(0, text.find('='))))) {
            all.emplace_back(text);
        }
    }
    for (const auto& [name, value] : added) {
        all.push_back(fmt::format("{}={}", name, value));
    }
    return all;
}

int open_or_throw(const std::filesystem::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (fd < 0) {
        fail_errno(path.string());
    }
    return fd;
}

struct ChildSetUp {
    int in = -1;
    int out = -1;
    int err = -1;
    const char* directory = nullptr;
    pid_t parent = -1;
};

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const ChildSetUp& set_up, char* const* argv, char* const* env) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != set_up.parent) {
        ::_exit(127);
    }
    ::dup2(set_up.in, STDIN_FILENO);
    ::dup2(set_up.out, STDOUT_FILENO);
    ::dup2(set_up.err, STDERR_FILENO);
    if (set_up.directory == nullptr || ::chdir(set_up.directory) == 0) {
        environ = const_cast<char**>(env);
        ::execvp(argv[0], argv);
    }
    constexpr std::string_view message = "cannot execute: ";
    [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, message.data(), message.size());
    n = ::write(STDERR_FILENO, argv[0], std::strlen(argv[0]));
    ::_exit(127);
}

}  // namespace

TempDir::TempDir() {
    const char* base = std::getenv("TMPDIR");
    std::string name = fmt::format("{}/spoor-test-XXXXXX", base != nullptr ? base : "/tmp");
    if (::mkdtemp(name.data()) == nullptr) {
        fail_errno(name);
    }
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

bool wait_until(milliseconds timeout, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
}

int free_port() {
    // Below the range that the kernel gives to outgoing connections.
    static std::mt19937 random{std::random_device{}()};
    std::uniform_int_distribution<int> ports(10'000, 19'999);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const int port = ports(random);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(port);
        const bool is_free =
            ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (is_free) {
            return port;
        }
    }
    throw std::runtime_error("no free port on loopback");
}

bool port_answers(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool answers =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return answers;
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        fail_errno(path.string());
    }
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) {
        fail_errno(path.string());
    }
}

Process::Process(ProcessOptions options) : options_(std::move(options)) {
    if (options_.argv.empty()) {
        throw std::runtime_error("a process without a command");
    }
    if (options_.stdout_file.empty()) {
        options_.stdout_file = dir_ / "stdout";
    }
    if (options_.stderr_file.empty()) {
        options_.stderr_file = dir_ / "stderr";
    }
    spawn();
}

Process::Process(std::vector<std::string> argv)
    : Process(ProcessOptions{.argv = std::move(argv)}) {}

Process::~Process() {
    if (!exit_code_) {
        kill9();
    }
    close_stdin();
}

void Process::spawn() {
    ChildSetUp set_up;
    if (options_.stdin_pipe) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            fail_errno("pipe");
        }
        set_up.in = ends[0];
        stdin_fd_ = ends[1];
    } else {
        set_up.in = open_or_throw(
            options_.stdin_file.empty() ? std::filesystem::path("/dev/null") : options_.stdin_file,
            O_RDONLY);
    }
    constexpr int to_file = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
    set_up.out = open_or_throw(options_.stdout_file, to_file);
    set_up.err = open_or_throw(options_.stderr_file, to_file);
    set_up.directory =
        options_.working_directory.empty() ? nullptr : options_.working_directory.c_str();
    set_up.parent = ::getpid();

    const ExecStrings argv(options_.argv);
    const ExecStrings env(environment_with(options_.env));
    pid_ = ::fork();
    if (pid_ == 0) {
        become(set_up, argv.get(), env.get());
    }
    const int fork_errno = errno;
    ::close(set_up.in);
    ::close(set_up.out);
    ::close(set_up.err);
    if (pid_ < 0) {
        errno = fork_errno;
        fail_errno("fork");
    }
}

bool Process::running() {
    return !wait(milliseconds(0));
}

std::optional<int> Process::wait(milliseconds timeout) {
    const auto ended = [this] {
        int status = 0;
        if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            exit_code_ = exit_code_of(status);
        }
        return exit_code_.has_value();
    };
    [[maybe_unused]] const bool in_time = wait_until(timeout, ended);
    return exit_code_;
}

void Process::kill(int signal) {
    if (!exit_code_ && ::kill(pid_, signal) != 0) {
        fail_errno("kill");
    }
}

void Process::kill9() {
    if (exit_code_) {
        return;
    }
    ::kill(pid_, SIGKILL);
    int status = 0;
    if (::waitpid(pid_, &status, 0) == pid_) {
        exit_code_ = exit_code_of(status);
    }
}

int Process::stop(milliseconds timeout) {
    kill(SIGTERM);
    if (const auto code = wait(timeout)) {
        return *code;
    }
    kill9();
    throw std::runtime_error(fmt::format("{} did not end within {} ms of SIGTERM; its stderr:\n{}",
                                         options_.argv[0],
                                         timeout.count(),
                                         err()));
}

void Process::write_stdin(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(stdin_fd_, bytes.data(), bytes.size());
        if (n < 0 && errno != EINTR) {
            fail_errno("writing to a child's standard input");
        }
        bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

void Process::close_stdin() {
    if (stdin_fd_ >= 0) {
        ::close(stdin_fd_);
        stdin_fd_ = -1;
    }
}

Finished run(ProcessOptions options, milliseconds timeout) {
    Process process(std::move(options));
    const auto code = process.wait(timeout);
    if (!code) {
        throw std::runtime_error(fmt::format("not finished after {} ms; stdout:\n{}\nstderr:\n{}",
                                             timeout.count(),
                                             process.out(),
                                             process.err()));
    }
    return {*code, process.out(), process.err()};
}

Finished run(std::vector<std::string> argv, milliseconds timeout) {
    return run(ProcessOptions{.argv = std::move(argv)}, timeout);
}

}  // namespace spoor::test
