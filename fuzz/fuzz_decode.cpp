// Any bytes as a record: split, probe, decode. Checks that views stay inside what they are views
// of, that the probe names the decoded host, that the verdict on a text is simdjson's own, and that
// decoding again gives the same.
#include "base/assert.hpp"
#include "base/hash.hpp"
#include "decode/decoder.hpp"
#include "event/record_batch.hpp"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace spoor;
using namespace spoor::decode;

void check_pieces(std::string_view record, const std::vector<Piece>& pieces) {
    std::uint32_t element = 0;
    const char* last = record.data();
    for (const Piece& piece : pieces) {
        SPOOR_ASSERT(piece.element == element++, "elements are numbered from zero");
        SPOOR_ASSERT(piece.text.data() >= last, "pieces are in order");
        last = piece.text.data() + piece.text.size();
        SPOOR_ASSERT(last <= record.data() + record.size(), "a piece is a view of the record");
    }
}

// Where we differ from simdjson on purpose: half a surrogate pair, and numbers beyond its range,
// are JSON.
bool may_differ(std::string_view text) {
    constexpr std::size_t digits_of_int64 = 19;
    std::size_t run = 0;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (run >= digits_of_int64 || (run > 0 && (c == 'e' || c == 'E'))) {
            return true;
        }
        run = digit ? run + 1 : 0;
    }
    return text.find("\\ud") != std::string_view::npos ||
           text.find("\\uD") != std::string_view::npos;
}

void check_verdict(std::string_view text, Reason reason) {
    static simdjson::dom::parser parser;
    simdjson::dom::element element;
    const auto error = parser.parse(text.data(), text.size(), true).get(element);
    const bool is_object = error == simdjson::SUCCESS && element.is_object();
    if (is_object) {
        SPOOR_ASSERT(reason == Reason::ok || reason == Reason::too_deep, "JSON is taken");
    } else if (error == simdjson::SUCCESS) {
        SPOOR_ASSERT(reason == Reason::not_an_object, "JSON that is no object is said so");
    } else if (reason == Reason::ok) {
        SPOOR_ASSERT(may_differ(text), "what is no JSON is rejected");
    }
    if (error == simdjson::UTF8_ERROR) {
        SPOOR_ASSERT(reason == Reason::bad_utf8, "bad UTF-8 is said so");
    }
}

const std::vector<std::string> watched_paths = {"EventID",
                                                "CommandLine",
                                                "a",
                                                "a.b",
                                                "Event.EventData.Data",
                                                "Event.EventData.Image",
                                                "Event.UserData.*.a",
                                                "host.name"};

void check_event(const Event& event, std::string_view text) {
    SPOOR_ASSERT(!event.host_key.empty(), "a host key is never empty");
    SPOOR_ASSERT(event.raw.data() >= text.data() &&
                     event.raw.data() + event.raw.size() <= text.data() + text.size(),
                 "raw is a view of the row");
    for (const Field& field : event.fields) {
        SPOOR_ASSERT(field.id < FieldId::count_, "a field has an id");
        SPOOR_ASSERT(!field.is_text() || hash64(field.as_text()) != 1, "texts can be read");
    }
    for (const Captured& captured : event.captured) {
        constexpr std::size_t readable = 8;
        SPOOR_ASSERT(hash64({captured.text.data(), captured.text.size() + readable}) != 1,
                     "captured texts have bytes behind them");
    }
}

std::string summary(const Decoder& decoder) {
    std::string out;
    for (const Event& event : decoder.events()) {
        out += std::to_string(event.time.time_since_epoch().count()) + '|';
        out += std::string(event.host_key) + '|' + std::string(event.category);
        for (const Field& field : event.fields) {
            out += ';' + std::to_string(static_cast<int>(field.id)) + '=';
            if (field.is_text()) {
                out += field.as_text();
            } else {
                out.append(reinterpret_cast<const char*>(&field.integer), sizeof field.integer);
            }
        }
        for (const Captured& captured : event.captured) {
            out += ';' + std::to_string(captured.path) + ':' + std::string(captured.text);
        }
        out += '\n';
    }
    for (const Rejected& rejected : decoder.rejected()) {
        out += std::to_string(rejected.row) + rejected.detail + '\n';
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto watched = std::make_shared<WatchedPaths>(watched_paths);
    static Decoder decoder{{}, watched};
    static Decoder again{{}, watched};
    static HostProbe probe;
    const std::string_view record(reinterpret_cast<const char*>(data), size);
    std::vector<Piece> pieces;
    split_record(record, pieces);
    check_pieces(record, pieces);

    RecordBatch batch;
    for (const Piece& piece : pieces) {
        batch.append({}, no_time, piece.text);
    }
    batch.append({}, no_time, record);  // unsplit, too
    decoder.decode(batch);
    SPOOR_ASSERT(decoder.events().size() + decoder.rejected().size() == batch.size(),
                 "each row is an event or a reject");
    std::size_t event = 0;
    std::size_t rejected = 0;
    for (std::size_t row = 0; row < batch.size(); ++row) {
        const std::string_view text = batch.view(batch.rows()[row]);
        const std::string host(probe.host_key(text));
        Reason reason = Reason::ok;
        if (rejected < decoder.rejected().size() && decoder.rejected()[rejected].row == row) {
            reason = decoder.rejected()[rejected++].reason;
            SPOOR_ASSERT(reason != Reason::ok, "a reject has a reason");
        } else {
            const Event& e = decoder.events()[event++];
            check_event(e, text);
            SPOOR_ASSERT(e.host_key == host, "the probe names the decoded host");
        }
        if (!text.empty() && !text.starts_with("\xEF\xBB\xBF") && reason != Reason::too_large) {
            check_verdict(text, reason);
        }
    }
    again.decode(batch);
    SPOOR_ASSERT(summary(decoder) == summary(again), "decoding again gives the same");
    return 0;
}
