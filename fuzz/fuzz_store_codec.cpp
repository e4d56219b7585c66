// What the store reads back from files and command lines: status.json, page tokens, ids, moments,
// text queries, stored alert bytes on their way to a terminal, a spreadsheet and the full-text
// index. The first byte picks one.
#include "base/assert.hpp"
#include "store/alert_query.hpp"
#include "store/format.hpp"
#include "store/reader.hpp"
#include "store/run_status.hpp"
#include "store/sqlite_schema.hpp"
#include "store/text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace spoor;
using namespace spoor::store;

void run_status(std::string_view text) {
    const auto first = parse_run_status(text);
    if (first) {
        const std::string written = to_json(*first);
        const auto second = parse_run_status(written);
        SPOOR_ASSERT(second && to_json(*second) == written, "a status reads back as written");
    }
}

void page_token(std::string_view text) {
    if (const auto key = parse_page_token(text)) {
        SPOOR_ASSERT(parse_page_token(to_token(*key)) == key, "a token reads back as written");
    }
}

void ids(std::string_view text) {
    store::internal::IdBytes bytes{};
    if (store::internal::id_to_bytes(text, bytes)) {
        SPOOR_ASSERT(store::internal::id_to_hex({bytes.data(), bytes.size()}) == text,
                     "an id reads back as written");
    }
    const std::size_t half = text.size() / 2;
    (void)store::internal::has_technique(text.substr(0, half), text.substr(half));
    (void)parse_moment(text, Timestamp{std::chrono::seconds{1'700'000'000}});
}

void words(std::string_view text) {
    const std::size_t half = text.size() / 2;
    const std::string searchable = searchable_text(text.substr(half));
    SPOOR_ASSERT(searchable.front() == ' ' && searchable.back() == ' ', "words stand apart");
    const TextQuery query(text.substr(0, half));
    (void)query.matches(searchable);
    // Balanced quotes, or FTS5 would read it as something else.
    std::size_t quotes = 0;
    for (const char c : query.to_fts()) {
        quotes += c == '"' ? 1 : 0;
    }
    SPOOR_ASSERT(quotes % 2 == 0 && query.empty() == query.to_fts().empty(), "a query is whole");
}

void looks(std::string_view text) {
    AlertRow row;
    row.host = text;
    row.summary = text;
    row.json = text;
    std::string out;
    append_csv(out, row);
    for (const std::string& shown : {to_table({row}, false), to_page(row, false)}) {
        for (const char c : shown) {
            SPOOR_ASSERT(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F),
                         "no control reaches the terminal");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            run_status(text);
            break;
        case 1:
            page_token(text);
            break;
        case 2:
            ids(text);
            break;
        case 3:
            words(text);
            break;
        default:
            looks(text);
    }
    return 0;
}
