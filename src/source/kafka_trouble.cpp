#include "source/kafka_trouble.hpp"

#include "base/log.hpp"

#include <fmt/core.h>

#include <utility>

namespace spoor::source {

KafkaTrouble::KafkaTrouble(std::string brokers, std::string mechanism)
    : brokers_(std::move(brokers)), mechanism_(std::move(mechanism)) {}

void KafkaTrouble::broken(Cause cause, std::string_view reason, Duration now) {
    if (since_ && cause <= cause_) {
        return;
    }
    cause_ = cause;
    reason_ = (cause == Cause::unreachable && !last_note_.empty()) ? last_note_ : reason;
    since_ = since_.value_or(now);
    log(LogLevel::warning, "kafka", "{}", outage_text());
}

void KafkaTrouble::note(std::string_view reason) {
    last_note_ = reason;
    if (since_ && cause_ == Cause::unreachable) {
        reason_ = last_note_;
    }
}

void KafkaTrouble::answered(Duration asked, Duration now) {
    if (since_) {
        if (asked < *since_) {
            return;
        }
        log(LogLevel::info,
            "kafka",
            "{} answers again after {}",
            brokers_,
            format_duration(std::chrono::floor<std::chrono::milliseconds>(now - *since_)));
        since_.reset();
        last_note_.clear();
        ++num_recoveries_;
    } else if (!ever_answered_) {
        log(LogLevel::info, "kafka", "connected to {}", brokers_);
    }
    ever_answered_ = true;
}

void KafkaTrouble::problem(const std::string& what, std::string_view text) {
    const auto [it, added] = problems_.try_emplace(what, text);
    if (added || it->second != text) {
        it->second = text;
        log(LogLevel::warning, "kafka", "{}: {}", what, text);
    }
}

void KafkaTrouble::solved(const std::string& what) {
    if (problems_.erase(what) > 0) {
        log(LogLevel::info, "kafka", "{}: well again", what);
    }
}

SourceState KafkaTrouble::state() const {
    if (since_) {
        return SourceState::down;
    }
    if (!ever_answered_) {
        return SourceState::starting;
    }
    return problems_.empty() ? SourceState::healthy : SourceState::degraded;
}

std::string KafkaTrouble::detail() const {
    if (since_) {
        return outage_text();
    }
    if (!ever_answered_) {
        return fmt::format("connecting to {}", brokers_);
    }
    std::string out;
    for (const auto& [what, text] : problems_) {
        out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", what, text);
    }
    return out;
}

std::string KafkaTrouble::outage_text() const {
    switch (cause_) {
        case Cause::authentication:
            return fmt::format(
                "{} refuses the authentication ({}): {}; check kafka.sasl_mechanism, "
                "sasl_plain_username and its password; trying again for ever",
                brokers_,
                mechanism_,
                reason_);
        case Cause::tls:
            return fmt::format(
                "no TLS connection to {}: {}; check kafka.security_protocol, ssl_cafile, "
                "ssl_certfile and ssl_keyfile; trying again for ever",
                brokers_,
                reason_);
        case Cause::name:
            return fmt::format(
                "{} cannot be resolved: {}; check kafka.bootstrap_servers; trying again for ever",
                brokers_,
                reason_);
        case Cause::fatal:
            return fmt::format("{}; making a new connection", reason_);
        case Cause::unreachable:
            break;
    }
    return fmt::format(
        "cannot reach {}: {}; is the broker running, and is kafka.bootstrap_servers right? Trying "
        "again for ever",
        brokers_,
        reason_);
}

}  // namespace spoor::source
