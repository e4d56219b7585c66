#include "alert/alert.hpp"

#include "base/hash.hpp"

#include <array>

namespace spoor::alert {

namespace {
constexpr std::array<std::string_view, 5> names = {
    "Informational", "Low", "Medium", "High", "Critical"};
}  // namespace

std::string_view to_string(Level level) {
    return names[static_cast<std::size_t>(level)];
}

bool parse_level(std::string_view text, Level& out) {
    std::string word;
    for (const char c : text) {
        word += word.empty() ? static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c)
                             : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    if (word == "Info") {
        word = "Informational";
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (word == names[i]) {
            out = static_cast<Level>(i);
            return true;
        }
    }
    return false;
}

std::string make_id(std::string_view rule_id,
                    std::string_view rule_version,
                    std::string_view group_key,
                    std::string_view window_or_refs) {
    std::string bytes;
    bytes.reserve(64 + rule_id.size() + rule_version.size() + group_key.size() +
                  window_or_refs.size());
    for (const std::string_view part : {rule_id, rule_version, group_key, window_or_refs}) {
        auto size = static_cast<std::uint32_t>(part.size());
        for (int i = 0; i < 4; ++i) {
            bytes += static_cast<char>(size & 0xFFU);
            size >>= 8U;
        }
        bytes += part;
    }
    return to_hex(digest128(bytes));
}

}  // namespace spoor::alert
