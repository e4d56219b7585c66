#include "support/redis_server.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace spoor::test {

namespace {

constexpr milliseconds start_timeout = std::chrono::seconds(30);

void openssl(const std::filesystem::path& dir, std::vector<std::string> args) {
    args.insert(args.begin(), "openssl");
    const Finished done = run(ProcessOptions{.argv = std::move(args), .working_directory = dir});
    if (done.exit_code != 0) {
        throw std::runtime_error("openssl: " + done.err);
    }
}

}  // namespace

TlsFiles make_tls_files(const std::filesystem::path& dir) {
    write_file(dir / "leaf.cnf", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const std::vector<std::string> new_key = {
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"};
    std::vector<std::string> ca = {"req",
                                   "-x509",
                                   "-days",
                                   "2",
                                   "-subj",
                                   "/CN=spoor test CA",
                                   "-keyout",
                                   "ca.key",
                                   "-out",
                                   "ca.pem"};
    ca.insert(ca.end(), new_key.begin(), new_key.end());
    openssl(dir, ca);
    std::vector<std::string> request = {
        "req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"};
    request.insert(request.end(), new_key.begin(), new_key.end());
    openssl(dir, request);
    openssl(dir,
            {"x509",
             "-req",
             "-days",
             "2",
             "-in",
             "server.csr",
             "-CA",
             "ca.pem",
             "-CAkey",
             "ca.key",
             "-CAcreateserial",
             "-extfile",
             "leaf.cnf",
             "-out",
             "server.pem"});
    return {dir / "ca.pem", dir / "server.pem", dir / "server.key"};
}

RedisServer::RedisServer(RedisServerOptions options)
    : options_(std::move(options)), port_(free_port()) {
    if (options_.tls) {
        tls_files_ = make_tls_files(dir_.path());
    }
}

RedisServer::~RedisServer() = default;

void RedisServer::start() {
    if (start_once()) {
        return;
    }
    throw std::runtime_error("redis-server did not start: " + process_->out());
}

bool RedisServer::start_once() {
    std::vector<std::string> argv = {"redis-server",
                                     "--bind",
                                     "127.0.0.1",
                                     "--dir",
                                     dir_.path(),
                                     "--appendonly",
                                     "yes",
                                     "--appendfsync",
                                     "always",
                                     "--save",
                                     "",
                                     "--port",
                                     options_.tls ? "0" : std::to_string(port_)};
    if (options_.tls) {
        argv.insert(argv.end(),
                    {"--tls-port",
                     std::to_string(port_),
                     "--tls-cert-file",
                     tls_files_.certificate,
                     "--tls-key-file",
                     tls_files_.key,
                     "--tls-ca-cert-file",
                     tls_files_.ca,
                     "--tls-auth-clients",
                     "no"});
    }
    if (!options_.password.empty()) {
        argv.insert(argv.end(), {"--requirepass", options_.password});
    }
    argv.insert(argv.end(), options_.args.begin(), options_.args.end());
    process_ = std::make_unique<Process>(std::move(argv));
    const auto has_started = [this] {
        return !process_->running() ||
               process_->out().find("Ready to accept connections") != std::string::npos;
    };
    return wait_until(start_timeout, has_started) && process_->running() && port_answers(port_);
}

void RedisServer::kill9() {
    if (process_) {
        process_->kill9();
    }
}

void RedisServer::stop() {
    if (process_ && process_->running()) {
        process_->stop();
    }
}

bool RedisServer::running() {
    return process_ && process_->running();
}

std::string RedisServer::cli(const std::vector<std::string>& command) {
    std::vector<std::string> argv = {
        "redis-cli", "-e", "-h", "127.0.0.1", "-p", std::to_string(port_)};
    if (options_.tls) {
        argv.insert(argv.end(), {"--tls", "--cacert", tls_files_.ca});
    }
    argv.insert(argv.end(), command.begin(), command.end());
    ProcessOptions options{.argv = std::move(argv)};
    if (!options_.password.empty()) {
        options.env["REDISCLI_AUTH"] = options_.password;
    }
    Finished done = run(std::move(options));
    if (done.exit_code != 0) {
        throw std::runtime_error(fmt::format("redis-cli: {}{}", done.out, done.err));
    }
    if (done.out.ends_with('\n')) {
        done.out.pop_back();
    }
    return done.out;
}

}  // namespace spoor::test
