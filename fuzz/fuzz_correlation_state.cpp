// Rows of correlation state, with any bytes: reading never crashes, a row that reads back is
// written again as one that reads back to the same, and correlations go on from it as from any
// other state. The first byte says where they run; every kind of window is there.
#include "base/assert.hpp"
#include "sigma/byte_codec.hpp"
#include "sigma/correlation_groups.hpp"
#include "sigma/correlation_runtime.hpp"
#include "sigma/fold.hpp"
#include "sigma/window.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace spoor::sigma;
using spoor::OriginTable;
using spoor::Timestamp;

std::shared_ptr<const RuleSet> make_rules(bool within_host) {
    auto set = std::make_shared<RuleSet>();
    const FieldIndex group = set->fields.intern("group", {"group"});
    const FieldIndex value = set->fields.intern("value", {"value"});
    for (int i = 0; i < 3; ++i) {
        Rule& rule = set->rules.emplace_back();
        rule.meta.id = "r" + std::to_string(i);
        rule.carried = {group, value};
    }
    for (int i = 0; i < 15; ++i) {
        Correlation& c = set->correlations.emplace_back();
        c.meta.id = "c" + std::to_string(i);
        c.type = static_cast<CorrelationType>(i % 8);
        c.decided_at_close = i >= 8;
        c.bounds = {{c.decided_at_close ? Bound::Op::lte : Bound::Op::gte, 2}};
        c.timespan = std::chrono::minutes{1};
        c.within_host = within_host;
        c.group_by = {"group"};
        for (RuleIndex r = 0; r < 3; ++r) {
            c.inputs.push_back({false, r, set->rules[r].meta.id});
            c.readings.push_back({r, {0}, {1}});
        }
    }
    // One that is built on, so that values of its newest match are kept.
    Correlation& above = set->correlations.emplace_back(set->correlations[0]);
    above.meta.id = "above";
    above.inputs = {{true, 0, "c0"}, {true, 8, "c8"}};
    return set;
}

struct Place {
    explicit Place(bool within_host)
        : runtime(make_rules(within_host),
                  within_host ? Placement::within_host : Placement::correlator,
                  {}) {}

    CorrelationRuntime runtime;
    OriginTable origins;
};

std::vector<spoor::alert::StateRow> rows_of(const Place& place, const CorrelationState& state) {
    std::vector<spoor::alert::StateRow> rows;
    place.runtime.collect_all(place.origins, "sigma", state, rows);
    return rows;
}

// Of a row of the correlator: what its bytes say it is of; else it would be refused for that alone.
std::string entity_of(std::string_view bytes) {
    ByteReader in(bytes);
    (void)in.byte();
    OriginTable origins;
    OriginReader().read(in, origins);
    const std::uint64_t name = in.word();
    ByteReader values(in.text());
    std::string key;
    for (ByteWriter out(key); values.ok() && values.left() > 0;) {
        out.text(folded(values.text()));
    }
    return group_entity(name, key);
}

void go_on(Place& place, bool within_host, CorrelationState& state) {
    Correlated found;
    const std::uint32_t part = place.origins.intern("kafka:C/T/0");
    MatchSignal match;
    for (std::int64_t i = 0; i < 24; ++i) {
        const Timestamp time{std::chrono::hours{24 * 365 * 56} + std::chrono::seconds{i * 11}};
        match.assign(static_cast<RuleIndex>(i % 3), time, {part, part, i, 0}, "h", "H");
        match.add_value(i % 2 == 0 ? "g" : "");
        match.add_value(i % 5 == 0 ? "1.5" : "7");
        if (within_host) {
            place.runtime.advance_host(
                {part, part, i << 18, 0}, "h", time, place.origins, state, found);
        }
        place.runtime.offer(match, place.origins, state, found);
    }
    place.runtime.close_all(place.origins, state, found);
    std::vector<spoor::alert::StateRow> rows;
    place.runtime.collect_changed(place.origins, "sigma", state, rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const bool within_host = data[0] % 2 == 0;
    Place place(within_host);
    spoor::alert::StateRow row{"sigma",
                               CorrelationRuntime::state_version,
                               within_host ? "kafka:C/T/0" : "",
                               "h",
                               std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
    auto state = place.runtime.make_state();
    if (!within_host) {
        row.entity = entity_of(row.bytes);
    }
    if (!place.runtime.restore(row, place.origins, *state)) {
        SPOOR_ASSERT(rows_of(place, *state).empty(), "what was refused leaves nothing");
        return 0;
    }
    const auto rows = rows_of(place, *state);
    const auto again = place.runtime.make_state();
    for (const spoor::alert::StateRow& one : rows) {
        SPOOR_ASSERT(place.runtime.restore(one, place.origins, *again), "what was written reads");
    }
    SPOOR_ASSERT(rows_of(place, *again) == rows, "what was read must be written the same");
    go_on(place, within_host, *state);
    return 0;
}
