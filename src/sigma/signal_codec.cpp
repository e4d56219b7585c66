// Matches on their way to the correlator, as bytes (alert/signal.hpp):
//   format byte, name of the rule, name of the correlation (0: a match of the rule itself), for a
//   firing its own time, the host as spelled, the values with the names of their fields.
#include "sigma/byte_codec.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/stable_names.hpp"

#include <utility>

namespace spoor::sigma {

namespace {

constexpr std::uint8_t format = 1;

}  // namespace

struct SignalCodec::Parts {
    std::shared_ptr<const RuleSet> rules;
    StableNames names;
};

SignalCodec::SignalCodec(std::shared_ptr<const RuleSet> rules) {
    StableNames names(*rules);
    parts_ = std::make_unique<Parts>(Parts{std::move(rules), std::move(names)});
}

SignalCodec::~SignalCodec() = default;

void SignalCodec::write(const MatchSignal& match, alert::Signal& out) const {
    out.time = match.known;
    out.ref = match.ref;
    out.host_key = match.host_key();
    out.bytes.clear();
    ByteWriter bytes(out.bytes);
    bytes.byte(format);
    bytes.word(parts_->names.rule(match.rule));
    const bool is_firing = match.correlation != no_correlation;
    bytes.word(is_firing ? parts_->names.correlation(match.correlation) : 0);
    if (is_firing) {
        bytes.time(match.time);
    }
    bytes.text(match.host());
    write_values(bytes, match, *parts_->rules, parts_->names);
}

bool SignalCodec::read(const alert::Signal& signal, MatchSignal& out) const {
    ByteReader in(signal.bytes);
    in.require(in.byte() == format);
    const auto rule = parts_->names.find_rule(in.word());
    const std::uint64_t name = in.word();
    const bool is_firing = name != 0;
    const auto correlation = parts_->names.find_correlation(name);
    const Timestamp time = is_firing ? in.time() : signal.time;
    const std::string_view host = in.text();
    if (!in.ok() || !rule || (is_firing && !correlation)) {
        return false;
    }
    out.assign(*rule, time, signal.ref, signal.host_key, host);
    out.known = signal.time;
    out.correlation = is_firing ? *correlation : no_correlation;
    read_values(in, out, *parts_->rules, parts_->names);
    return in.done();
}

}  // namespace spoor::sigma
