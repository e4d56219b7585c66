// Rows of behaviour state, with any bytes: reading never crashes, what reads back is written the
// same, and a detector goes on from it as from any other state.
#include "base/assert.hpp"
#include "behavior/behavior.hpp"
#include "behavior/host_state.hpp"
#include "behavior/state_codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using spoor::Event;
using spoor::Field;
using spoor::FieldId;

constexpr spoor::Duration window = std::chrono::minutes{10};

spoor::alert::StateRow row_of(std::string_view bytes) {
    const std::uint32_t version =
        spoor::behavior::make_baselines({.window = window})->state_version();
    return {"behavior", version, "kafka:C/T/0", "h", std::string(bytes)};
}

void go_on(const spoor::alert::StateRow& row, spoor::Timestamp newest) {
    spoor::OriginTable origins;
    spoor::behavior::BaselineOptions options;
    options.anomaly_threshold = 0.1;
    const auto detector = spoor::behavior::make_baselines(options);
    const auto state = detector->make_state();
    SPOOR_ASSERT(detector->restore(row, origins, *state), "it was read before");
    const auto part = origins.intern(row.partition);
    const std::array<Field, 4> fields = {Field::text(FieldId::event_type, "network_connection"),
                                         Field::text(FieldId::destination_ip, "192.0.2.1"),
                                         Field::of_real(FieldId::bytes_sent, 5000),
                                         Field::of_real(FieldId::f_cpu_usage, 0.5)};
    std::vector<Event> events;
    for (const int minutes : {-700, -5, 0, 4, 9, 10, 25, 3000}) {
        Event event;
        event.time = newest + std::chrono::minutes{minutes};
        event.host = "h";
        event.host_key = "h";
        event.shape = spoor::EventShape::ecs;
        event.ref = {part, part, minutes, 0};
        event.fields = fields;
        events.push_back(event);
    }
    spoor::alert::Findings found;
    detector->inspect(events, origins, *state, found);
    detector->close_windows(origins, *state, found);
    std::vector<spoor::alert::StateRow> rows;
    detector->collect_changed(origins, *state, rows);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    spoor::OriginTable origins;
    spoor::behavior::HostState host;
    host.partition = origins.intern("kafka:C/T/0");
    host.cold = std::make_unique<spoor::behavior::HostCold>();
    host.cold->key = "h";
    if (!spoor::behavior::decode(bytes, window, origins, host)) {
        return 0;
    }
    std::string again;
    spoor::behavior::encode(host, window, origins, again);
    SPOOR_ASSERT(again == bytes, "what was read must be written the same");
    go_on(row_of(bytes), host.newest);
    return 0;
}
