#include "store/format.hpp"

#include "alert/alert.hpp"
#include "base/json_writer.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace spoor::store {

namespace {

constexpr std::size_t id_digits_shown = 12;

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t size = 0;  // in bytes; 0: not UTF-8
};

// The code point at the beginning of `text`, which is not empty.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t size = lead >= 0xF0 ? 4U : lead >= 0xE0 ? 3U : 2U;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) {
        return {};
    }
    std::uint32_t value = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return {};
        }
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least.at(size) || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        return {};
    }
    return {value, size};
}

// Controls, line separators, and what turns or hides text.
bool is_unsafe(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0xFEFF ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

void append_escaped(std::string& out, std::uint32_t code) {
    switch (code) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
    }
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string_view colour_of(alert::Level level) {
    switch (level) {
        case alert::Level::critical:
            return "\x1b[1;31m";
        case alert::Level::high:
            return "\x1b[31m";
        case alert::Level::medium:
            return "\x1b[33m";
        case alert::Level::low:
            return "\x1b[36m";
        case alert::Level::informational:
            break;
    }
    return "\x1b[2m";
}

// "T1041 T1048 T1057 +11": a column stays narrow; all of them are on the alert's page.
std::string first_few(std::string_view techniques) {
    constexpr std::size_t shown = 3;
    std::size_t end = 0;
    for (std::size_t i = 0; i < shown && end != std::string_view::npos; ++i) {
        end = techniques.find(' ', end + (i == 0 ? 0 : 1));
    }
    if (end == std::string_view::npos) {
        return printable(techniques);
    }
    const std::string_view rest = techniques.substr(end);
    return fmt::format(
        "{} +{}", printable(techniques.substr(0, end)), std::count(rest.begin(), rest.end(), ' '));
}

using Cells = std::vector<std::string>;

// The last column is not padded. `colours`: one for each row below the heading, for column 1;
// empty: none.
std::string lay_out(const std::vector<Cells>& lines, const std::vector<std::string_view>& colours) {
    std::vector<std::size_t> widths(lines.front().size(), 0);
    for (const Cells& cells : lines) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(cells[i]));
        }
    }
    std::string out;
    for (std::size_t line = 0; line < lines.size(); ++line) {
        const Cells& cells = lines[line];
        const bool has_colour = line > 0 && !colours.empty();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i == 1 && has_colour) {
                out += colours[line - 1];
            }
            out += cells[i];
            if (i == 1 && has_colour) {
                out += "\x1b[0m";
            }
            if (i + 1 < cells.size()) {
                out.append(widths[i] - width_of(cells[i]) + 2, ' ');
            }
        }
        out += '\n';
    }
    return out;
}

void append_line(std::string& out, std::string_view label, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "{:<12}{}\n", label, printable(text));
}

// Indented; as it is when it is not JSON.
std::string indented(const std::string& json) {
    const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
    if (parsed.is_discarded()) {
        return printable(json);
    }
    // ASCII only: what is not becomes \u, so nothing can play with the terminal.
    return parsed.dump(2, ' ', true, nlohmann::json::error_handler_t::replace);
}

void append_csv_cell(std::string& out, std::string_view text) {
    const bool is_formula = !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) !=
                                                 std::string_view::npos;
    if (!is_formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    if (is_formula) {
        out += '\'';  // spreadsheets take the cell as text
    }
    for (const char c : text) {
        out += c;
        if (c == '"') {
            out += '"';
        }
    }
    out += '"';
}

}  // namespace

std::string time_text(Timestamp time) {
    return time == no_time ? "-" : format_time(time);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint code = decode(text);
        if (code.size == 0) {
            fmt::format_to(std::back_inserter(out),
                           "\\x{:02x}",
                           static_cast<unsigned>(static_cast<unsigned char>(text.front())));
            text.remove_prefix(1);
            continue;
        }
        if (is_unsafe(code.value)) {
            append_escaped(out, code.value);
        } else {
            out += text.substr(0, code.size);
        }
        text.remove_prefix(code.size);
    }
    return out;
}

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) {
    if (const auto time = parse_time(text)) {
        return time;
    }
    if (const auto day = parse_time(std::string(text) + "T00:00:00Z")) {
        return day;
    }
    const auto age = parse_duration(text);
    if (!age || *age < Duration{0} || *age > now.time_since_epoch()) {
        return std::nullopt;
    }
    return now - *age;
}

std::string to_table(const std::vector<AlertRow>& rows, bool colour) {
    std::vector<Cells> lines = {{"TIME", "LEVEL", "HOST", "RULE", "TECHNIQUES", "ID", "SUMMARY"}};
    std::vector<std::string_view> colours;
    for (const AlertRow& row : rows) {
        lines.push_back({time_text(row.time),
                         std::string(alert::to_string(row.level)),
                         printable(row.host),
                         printable(row.rule_id),
                         first_few(row.techniques),
                         row.id.substr(0, id_digits_shown),
                         printable(row.summary)});
        if (colour) {
            colours.push_back(colour_of(row.level));
        }
    }
    return lay_out(lines, colours);
}

std::string to_page(const AlertRow& row, bool colour) {
    std::string out;
    append_line(out, "id", row.id);
    append_line(out, "time", time_text(row.time));
    append_line(out, "stored", time_text(row.stored_at));
    if (colour) {
        fmt::format_to(std::back_inserter(out),
                       "{:<12}{}{}\x1b[0m\n",
                       "level",
                       colour_of(row.level),
                       alert::to_string(row.level));
    } else {
        append_line(out, "level", alert::to_string(row.level));
    }
    append_line(out, "host", row.host);
    append_line(out, "entity", row.entity);
    append_line(out, "rule", row.rule_id);
    append_line(out, "detector", row.detector);
    append_line(out, "techniques", row.techniques);
    append_line(out, "summary", row.summary);
    out += '\n';
    out += indented(row.json);
    out += '\n';
    return out;
}

std::string_view csv_heading() {
    return "id,timestamp,stored_at,level,host,entity,detector,rule,techniques,summary\n";
}

void append_csv(std::string& out, const AlertRow& row) {
    const std::string time = row.time == no_time ? std::string() : format_time(row.time);
    const std::string stored_at =
        row.stored_at == no_time ? std::string() : format_time(row.stored_at);
    const std::string_view cells[] = {row.id,
                                      time,
                                      stored_at,
                                      alert::to_string(row.level),
                                      row.host,
                                      row.entity,
                                      row.detector,
                                      row.rule_id,
                                      row.techniques,
                                      row.summary};
    bool is_first = true;
    for (const std::string_view cell : cells) {
        if (!is_first) {
            out += ',';
        }
        is_first = false;
        append_csv_cell(out, cell);
    }
    out += '\n';
}

std::string to_table(const std::vector<LetterRow>& rows) {
    std::vector<Cells> lines = {{"NUMBER", "STORED", "REASON", "REF", "BYTES", "DETAIL"}};
    for (const LetterRow& row : rows) {
        lines.push_back({std::to_string(row.number),
                         time_text(row.stored_at),
                         printable(row.reason),
                         printable(row.ref),
                         std::to_string(row.payload_size),
                         printable(row.detail)});
    }
    return lay_out(lines, {});
}

std::string to_page(const LetterRow& row) {
    std::string out;
    append_line(out, "number", std::to_string(row.number));
    append_line(out, "ref", row.ref);
    append_line(out, "partition", row.partition);
    append_line(out, "reason", row.reason);
    append_line(out, "detail", row.detail);
    append_line(out, "record time", time_text(row.record_time));
    append_line(out, "stored", time_text(row.stored_at));
    if (row.payload.size() == row.payload_size) {
        append_line(out, "payload", fmt::format("{} bytes", row.payload_size));
    } else {
        append_line(out,
                    "payload",
                    fmt::format("the first {} of {} bytes", row.payload.size(), row.payload_size));
    }
    out += '\n';
    out += printable(row.payload);
    out += '\n';
    return out;
}

void append_json(std::string& out, const LetterRow& row) {
    JsonWriter json(out);
    json.begin_object().member("number", row.number);
    json.member("ref", std::string_view(row.ref));
    json.member("partition", std::string_view(row.partition));
    json.member("reason", std::string_view(row.reason));
    json.member("detail", std::string_view(row.detail));
    json.key("record_time");
    if (row.record_time == no_time) {
        json.null();
    } else {
        json.value(std::string_view(format_time(row.record_time)));
    }
    json.member("stored_at", std::string_view(format_time(row.stored_at)));
    json.member("payload_size", row.payload_size);
    if (!row.payload.empty()) {
        json.member("payload", std::string_view(row.payload));
    }
    json.end_object();
}

}  // namespace spoor::store
