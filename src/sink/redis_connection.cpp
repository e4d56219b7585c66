#include "sink/redis_connection.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <csignal>
#include <mutex>

namespace spoor::sink {

namespace {

timeval to_timeval(Duration d) {
    timeval out{};
    out.tv_sec = d.count() / 1'000'000;
    out.tv_usec = d.count() % 1'000'000;
    return out;
}

RedisReply copy_reply(const redisReply& r) {
    RedisReply out;
    switch (r.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_VERB:
        case REDIS_REPLY_BIGNUM:
        case REDIS_REPLY_DOUBLE:
            out.type = RedisReply::Type::text;
            out.text.assign(r.str, r.len);
            break;
        case REDIS_REPLY_ERROR:
            out.type = RedisReply::Type::error;
            out.text.assign(r.str, r.len);
            break;
        case REDIS_REPLY_INTEGER:
        case REDIS_REPLY_BOOL:
            out.type = RedisReply::Type::integer;
            out.integer = r.integer;
            break;
        case REDIS_REPLY_ARRAY:
        case REDIS_REPLY_MAP:
        case REDIS_REPLY_SET:
        case REDIS_REPLY_PUSH:
            out.type = RedisReply::Type::list;
            for (std::size_t i = 0; i < r.elements; ++i) {
                out.elements.push_back(copy_reply(*r.element[i]));
            }
            break;
        default:
            break;
    }
    return out;
}

// A server may quote what it was sent ("unknown command, with args beginning with ...").
std::string without_secret(std::string text, const std::string& secret) {
    for (std::size_t at = 0;
         !secret.empty() && (at = text.find(secret, at)) != std::string::npos;) {
        text.replace(at, secret.size(), "****");
        at += 4;
    }
    return text;
}

struct TlsDeleter {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }

    void operator()(SSL* s) const { SSL_free(s); }
};

using TlsContext = std::unique_ptr<SSL_CTX, TlsDeleter>;
using TlsSession = std::unique_ptr<SSL, TlsDeleter>;

std::string tls_reason() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_get_error();
    if (code == 0) {
        return "no reason given";
    }
    ERR_error_string_n(code, text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

Result<TlsContext> make_tls_context(const config::Redis& config) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        return fail(Errc::internal, "TLS: " + tls_reason());
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), config.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    const int loaded = config.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                              : SSL_CTX_load_verify_locations(
                                                    context.get(), config.ca_file.c_str(), nullptr);
    if (loaded != 1) {
        return fail(Errc::invalid_argument,
                    fmt::format("redis: cannot use the certificate authority {}: {}",
                                config.ca_file,
                                tls_reason()));
    }
    if (!config.cert_file.empty()) {
        const std::string& key = config.key_file.empty() ? config.cert_file : config.key_file;
        if (SSL_CTX_use_certificate_chain_file(context.get(), config.cert_file.c_str()) != 1 ||
            SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
            SSL_CTX_check_private_key(context.get()) != 1) {
            return fail(Errc::invalid_argument,
                        fmt::format("redis: cannot use the client certificate {} with key {}: {}",
                                    config.cert_file,
                                    key,
                                    tls_reason()));
        }
    }
    return context;
}

bool is_address(const std::string& name) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool set_server_name(SSL* session, std::string name) {
    // What the macro SSL_set_tlsext_host_name does; OpenSSL copies the name.
    return SSL_ctrl(
               session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

// hiredis checks the chain, but not that the certificate is this server's: that is set here.
Result<TlsSession> make_tls_session(SSL_CTX* context, const std::string& name, bool verify) {
    TlsSession session(SSL_new(context));
    if (!session) {
        return fail(Errc::internal, "TLS: " + tls_reason());
    }
    bool ok = true;
    if (is_address(name)) {
        ok = !verify ||
             X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), name.c_str()) == 1;
    } else if (!name.empty()) {
        ok = set_server_name(session.get(), name) &&
             (!verify || SSL_set1_host(session.get(), name.c_str()) == 1);
    }
    if (!ok) {
        return fail(Errc::invalid_argument,
                    fmt::format("redis: '{}' cannot be a server's name in a certificate", name));
    }
    return session;
}

void ignore_sigpipe() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction now{};
        if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
            std::signal(SIGPIPE, SIG_IGN);
        }
    });
}

}  // namespace

void RedisConnection::Closer::operator()(redisContext* context) const {
    redisFree(context);
}

Error RedisConnection::io_error() const {
    const bool is_timeout =
        context_->err == REDIS_ERR_TIMEOUT ||
        (context_->err == REDIS_ERR_IO &&
         std::string_view(context_->errstr).starts_with("Resource temporarily"));
    return {
        is_timeout ? Errc::timeout : Errc::unavailable,
        fmt::format("redis at {}: {}",
                    place_,
                    is_timeout ? "no answer in time" : static_cast<const char*>(context_->errstr))};
}

Result<RedisConnection> RedisConnection::connect(const config::Redis& config) {
    ignore_sigpipe();
    const timeval timeout = to_timeval(config.timeout);
    redisOptions options{};
    if (config.unix_socket.empty()) {
        REDIS_OPTIONS_SET_TCP(&options, config.host.c_str(), config.port);
    } else {
        REDIS_OPTIONS_SET_UNIX(&options, config.unix_socket.c_str());
    }
    options.connect_timeout = &timeout;
    options.command_timeout = &timeout;
    RedisConnection out(redisConnectWithOptions(&options));
    out.place_ = config.unix_socket.empty() ? fmt::format("{}:{}", config.host, config.port)
                                            : config.unix_socket;
    if (!out.context_) {
        return fail(Errc::internal, "redis: out of memory");
    }
    if (out.context_->err != 0) {
        return tl::unexpected(out.io_error());
    }
    if (config.unix_socket.empty()) {
        redisEnableKeepAlive(out.context_.get());
    }
    if (config.tls) {
        SPOOR_TRY_VOID(out.start_tls(config));
    }
    SPOOR_TRY_VOID(out.log_in(config));
    SPOOR_TRY_VOID(out.check_server());
    return out;
}

Result<void> RedisConnection::start_tls(const config::Redis& config) {
    redisInitOpenSSL();
    SPOOR_TRY(const auto context, make_tls_context(config));
    const std::string& name = config.server_name.empty() ? config.host : config.server_name;
    SPOOR_TRY(auto session, make_tls_session(context.get(), name, config.verify));
    if (redisInitiateSSL(context_.get(), session.get()) != REDIS_OK) {
        const long verdict = SSL_get_verify_result(session.get());
        if (config.verify && verdict != X509_V_OK) {
            return fail(
                Errc::refused,
                fmt::format("redis at {}: its certificate is not accepted: {} (checked "
                            "against {}, for '{}')",
                            place_,
                            X509_verify_cert_error_string(verdict),
                            config.ca_file.empty() ? "the system's authorities" : config.ca_file,
                            name));
        }
        return fail(Errc::unavailable,
                    fmt::format("redis at {}: no TLS connection: {} (does the server speak TLS on "
                                "this port?)",
                                place_,
                                static_cast<const char*>(context_->errstr)));
    }
    [[maybe_unused]] const SSL* the_connections_now = session.release();
    return {};
}

Result<void> RedisConnection::log_in(const config::Redis& config) {
    const std::string& password = config.password.reveal();
    if (!password.empty() || !config.username.empty()) {
        std::vector<std::string_view> words = {"AUTH"};
        if (!config.username.empty()) {
            words.emplace_back(config.username);
        }
        words.emplace_back(password);
        SPOOR_TRY(const auto answer, command(words));
        if (answer.is_error()) {
            return fail(
                answer.text.starts_with("LOADING") ? Errc::unavailable : Errc::refused,
                fmt::format("redis at {}: login{} refused: {}",
                            place_,
                            config.username.empty() ? std::string()
                                                    : fmt::format(" as '{}'", config.username),
                            without_secret(answer.text, password)));
        }
    }
    if (config.database != 0) {
        SPOOR_TRY(const auto answer, command({"SELECT", std::to_string(config.database)}));
        if (answer.is_error()) {
            const bool needs_login = answer.text.starts_with("NOAUTH");
            return fail(
                Errc::refused,
                fmt::format("redis at {}: {}{}",
                            place_,
                            needs_login ? "" : fmt::format("database {}: ", config.database),
                            answer.text));
        }
    }
    return {};
}

Result<void> RedisConnection::check_server() {
    SPOOR_TRY(const auto hello, command({"HELLO"}));
    if (hello.is_error()) {
        if (hello.text.starts_with("NOAUTH")) {
            return fail(Errc::refused,
                        fmt::format("redis at {}: it asks for a login; set redis.password (and "
                                    "redis.username for an ACL user)",
                                    place_));
        }
        return {};  // not allowed to this user, or an old server: the function's loading tells
    }
    for (std::size_t i = 0; i + 1 < hello.elements.size(); i += 2) {
        const std::string& key = hello.elements[i].text;
        const std::string& value = hello.elements[i + 1].text;
        if (key == "version") {
            int major = 0;
            std::from_chars(value.data(), value.data() + value.size(), major);
            if (major < 7) {
                return fail(Errc::unsupported,
                            fmt::format("redis at {} is version {}; 7.0 or newer is needed (for "
                                        "Redis Functions)",
                                        place_,
                                        value));
            }
        } else if (key == "role" && value != "master") {
            return fail(Errc::unavailable,
                        fmt::format("redis at {} is a {}, not the master", place_, value));
        }
    }
    return {};
}

Result<void> RedisConnection::append(std::span<const std::string_view> words) {
    std::vector<const char*> data;
    std::vector<std::size_t> sizes;
    data.reserve(words.size());
    sizes.reserve(words.size());
    for (const std::string_view word : words) {
        data.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(
            context_.get(), static_cast<int>(words.size()), data.data(), sizes.data()) !=
        REDIS_OK) {
        return tl::unexpected(io_error());
    }
    return {};
}

Result<RedisReply> RedisConnection::reply() {
    void* raw = nullptr;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) {
        return tl::unexpected(io_error());
    }
    RedisReply out = copy_reply(*static_cast<redisReply*>(raw));
    freeReplyObject(raw);
    return out;
}

Result<RedisReply> RedisConnection::command(std::span<const std::string_view> words) {
    SPOOR_TRY_VOID(append(words));
    return reply();
}

}  // namespace spoor::sink
