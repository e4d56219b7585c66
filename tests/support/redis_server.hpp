// A real redis-server on loopback. Data survives kill9 and restart (append-only file, fsync always)
// unless the arguments say otherwise.
//
// One owner; not thread-safe. Make it on the main thread (support/process.hpp).
#pragma once

#include "support/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace spoor::test {

// A certificate authority and a leaf for localhost and 127.0.0.1, made by openssl; PEM files.
struct TlsFiles {
    std::filesystem::path ca;
    std::filesystem::path certificate;
    std::filesystem::path key;
};

[[nodiscard]] TlsFiles make_tls_files(const std::filesystem::path& dir);

struct RedisServerOptions {
    std::string password = {};           // of the user "default"
    bool tls = false;                    // then it listens with TLS only; see tls_files()
    std::vector<std::string> args = {};  // later ones win: {"--appendonly", "no"}
};

class RedisServer {
public:
    explicit RedisServer(RedisServerOptions options = {});  // does not start it
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer();

    void start();  // waits until it answers
    void kill9();
    void stop();

    void restart() {
        kill9();
        start();
    }

    [[nodiscard]] bool running();

    // Chosen when the object is made, and kept: a client may be told before the server is there.
    [[nodiscard]] int port() const { return port_; }

    [[nodiscard]] pid_t pid() const { return process_->pid(); }  // for SIGSTOP and the like

    [[nodiscard]] const std::filesystem::path& dir() const { return dir_.path(); }

    [[nodiscard]] const TlsFiles& tls_files() const { return tls_files_; }

    // redis-cli with this server's port, password and TLS; its standard output without the last
    // newline. Throws on an error.
    std::string cli(const std::vector<std::string>& command);

private:
    bool start_once();

    RedisServerOptions options_;
    TempDir dir_;
    TlsFiles tls_files_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace spoor::test
