#include "config/yaml_reader.hpp"

#include "config/yaml_quotes.hpp"

#include <fmt/core.h>
#include <libfyaml.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace spoor::config {

namespace {

struct CloseDiag {
    void operator()(fy_diag* d) const { fy_diag_destroy(d); }
};

struct CloseParser {
    void operator()(fy_parser* p) const { fy_parser_destroy(p); }
};

struct FreeEvent {
    fy_parser* parser = nullptr;

    void operator()(fy_event* e) const { fy_parser_event_free(parser, e); }
};

using Event = std::unique_ptr<fy_event, FreeEvent>;

// Offset of the first byte that YAML does not allow: malformed UTF-8 or a control character.
// The library would take it for the end of the text.
std::optional<std::size_t> first_bad_byte(std::string_view s) {
    for (std::size_t i = 0; i < s.size();) {
        const auto c = static_cast<unsigned char>(s[i]);
        if (c < 0x80) {
            if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
                return i;
            }
            ++i;
            continue;
        }
        const std::size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (c < 0xc2 || c > 0xf4 || i + n > s.size()) {
            return i;
        }
        std::uint32_t code = c & (0xffU >> (n + 1));
        for (std::size_t k = 1; k < n; ++k) {
            const auto next = static_cast<unsigned char>(s[i + k]);
            if ((next & 0xc0U) != 0x80) {
                return i;
            }
            code = (code << 6U) | (next & 0x3fU);
        }
        const bool too_long = (n == 3 && code < 0x800) || (n == 4 && code < 0x10000);
        if (too_long || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code < 0xa0 ||
            code == 0xfeff || code == 0xfffe || code == 0xffff) {
            return i;
        }
        i += n;
    }
    return std::nullopt;
}

bool is_null(std::string_view text) {
    return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

struct Explanation {
    std::string_view library;  // part of the library's message
    std::string_view message;
    std::string_view hint;
};

// In the words of someone who writes the file, not of the grammar.
constexpr auto explanations = std::to_array<Explanation>({
    {"double-quoted scalar",
     "the quote that opens here is not closed",
     "close it with \" before the line ends"},
    {"single-quoted scalar",
     "the quote that opens here is not closed",
     "close it with ' before the line ends"},
    {"quoted string without closing", "the quote that opens here is not closed", ""},
    {"without a closing bracket", "this '[' is not closed", "close the list with ]"},
    {"without a closing brace", "this '{' is not closed", "close it with }"},
    {"missing comma in flow mapping", "a ',' or the closing '}' is missing before this point", ""},
    {"missing comma in flow sequence", "a ',' or the closing ']' is missing before this point", ""},
    {"nested block mapping on the same line",
     "a second ': ' on one line",
     "put a value that contains ': ' in quotes"},
    {"invalid escape",
     "a backslash in double quotes begins an escape, and there is no such one",
     "put a text with backslashes in single quotes"},
    {"plain scalar cannot start", "a value cannot start with this character", "put it in quotes"},
    {"did not find expected key",
     "a key is expected here",
     "list items and keys cannot be mixed at the same indentation"},
});

class Builder {
public:
    Builder(YamlFile& file, const YamlLimits& limits, Diagnostics& diagnostics)
        : file_(file), limits_(limits), diagnostics_(diagnostics) {}

    // False: stop reading.
    bool take(fy_event& event);

    // After an error: what is open is closed as it stands. A list or section in brackets is refused
    // as a whole, since nobody can say what was meant to be in it.
    void close_all() {
        while (!open_.empty()) {
            open_.back().node.refused = is_flow(open_.back());
            close();
        }
    }

    // Where the innermost bracket that is still open stands.
    [[nodiscard]] std::optional<YamlPlace> open_bracket() const {
        const auto it =
            std::find_if(open_.rbegin(), open_.rend(), [&](const Open& o) { return is_flow(o); });
        return it == open_.rend() ? std::nullopt : std::optional(it->node.place);
    }

    // Lines that belong to a scalar of several lines, where a leading tab is text.
    [[nodiscard]] bool in_scalar(std::size_t line) const {
        // In the order of the text, and apart: the last one that begins above the line decides.
        const auto next =
            std::lower_bound(spans_.begin(), spans_.end(), std::pair(line, std::size_t{0}));
        return next != spans_.begin() && line <= std::prev(next)->second;
    }

private:
    struct Open {
        YamlNode node;
        bool has_key = false;
        std::string key;
        YamlPlace key_place;
        std::unordered_map<std::string, std::size_t> lines;  // of the keys seen
        bool ignore_value = false;                           // of a key that is refused
    };

    [[nodiscard]] bool is_flow(const Open& o) const {
        const std::string_view line = file_.line(o.node.place.line);
        const std::size_t at = o.node.place.column - 1;
        return at < line.size() &&
               line[at] == (o.node.kind == YamlNode::Kind::sequence ? '[' : '{');
    }

    void error(const char* code,
               const YamlPlace& place,
               std::string message,
               std::string hint = {}) {
        diagnostics_.add(
            file_.diagnostic(Severity::error, code, place, std::move(message), std::move(hint)));
    }

    [[nodiscard]] YamlPlace place_of(fy_event& event, bool quoted) const;
    bool open(YamlNode::Kind kind, fy_event& event);
    void close();
    bool scalar(fy_event& event);
    [[nodiscard]] std::string alias_hint(const YamlPlace& place) const;
    void refuse_tag(fy_token* tag, YamlPlace place);
    void put(YamlNode node);
    void put_key(YamlNode node);

    YamlFile& file_;
    const YamlLimits& limits_;
    Diagnostics& diagnostics_;
    std::vector<Open> open_;
    std::vector<std::pair<std::size_t, std::size_t>> spans_;
    std::size_t num_nodes_ = 0;
    YamlPlace last_{1, 1, 1};  // of the last thing that had a place, for things that have none
};

YamlPlace Builder::place_of(fy_event& event, bool quoted) const {
    const fy_mark* start = fy_event_start_mark(&event);
    const fy_mark* end = fy_event_end_mark(&event);
    if (start == nullptr) {
        return last_;
    }
    std::size_t from = start->input_pos;
    std::size_t to = end != nullptr ? end->input_pos : from + 1;
    if (quoted) {  // the library's marks leave the quotes out
        from = from > 0 ? from - 1 : 0;
        to += 1;
    }
    return file_.place(std::min(from, file_.text().size()), to > from ? to - from : 1);
}

void Builder::refuse_tag(fy_token* tag, YamlPlace place) {
    if (tag != nullptr) {
        if (const fy_mark* start = fy_token_start_mark(tag); start != nullptr) {
            place = file_.place(std::min(start->input_pos, file_.text().size()), 1);
        }
        error("yaml-tag",
              place,
              "tags (a word that starts with '!') are not supported",
              "take it away");
    }
}

// A name has letters and digits; with other characters in it a text with a wildcard was meant.
std::string Builder::alias_hint(const YamlPlace& place) const {
    const std::string_view line = file_.line(place.line);
    const std::string_view rest = line.substr(std::min(place.column, line.size()));
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t,]}"));
    const bool is_name = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    return is_name ? "write the value out" : "put a text that begins with '*' in quotes";
}

bool Builder::open(YamlNode::Kind kind, fy_event& event) {
    const YamlPlace place = place_of(event, false);
    if (open_.size() >= limits_.max_depth) {
        error("yaml-limit", place, fmt::format("nested deeper than {} levels", limits_.max_depth));
        return false;
    }
    refuse_tag(kind == YamlNode::Kind::mapping ? event.mapping_start.tag : event.sequence_start.tag,
               place);
    Open o;
    o.node.kind = kind;
    o.node.place = place;
    o.node.place.length = 1;
    open_.push_back(std::move(o));
    last_ = place;
    return true;
}

void Builder::close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
}

bool Builder::scalar(fy_event& event) {
    const fy_scalar_style style = fy_token_scalar_style(event.scalar.value);
    YamlNode node;
    node.quoted = style != FYSS_ANY && style != FYSS_PLAIN;
    std::size_t length = 0;
    if (const char* text = fy_token_get_text(event.scalar.value, &length); text != nullptr) {
        node.text.assign(text, length);
    }
    const fy_mark* const from = fy_event_start_mark(&event);
    const fy_mark* const to = fy_event_end_mark(&event);
    if (style == FYSS_SINGLE_QUOTED && from != nullptr && to != nullptr) {
        const std::string_view all = file_.text();
        node.text = single_quoted_text(
            all.substr(std::min(from->input_pos, all.size()), to->input_pos - from->input_pos));
    }
    const bool in_quotes = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    node.place = place_of(event, in_quotes);
    node.kind = !node.quoted && is_null(node.text) ? YamlNode::Kind::null : YamlNode::Kind::scalar;
    if (fy_event_start_mark(&event) != nullptr) {
        last_ = node.place;
        if (const fy_mark* end = fy_event_end_mark(&event); end != nullptr) {
            const std::size_t last =
                file_.place(std::min(end->input_pos, file_.text().size()), 1).line;
            // A block scalar's mark starts at its first line of text, which may hold tabs too.
            const bool block = style == FYSS_LITERAL || style == FYSS_FOLDED;
            const std::size_t first = node.place.line - (block && node.place.line > 0 ? 1 : 0);
            if (last > first) {
                spans_.emplace_back(first, last);
            }
        }
    }
    refuse_tag(event.scalar.tag, node.place);
    put(std::move(node));
    return true;
}

void Builder::put(YamlNode node) {
    if (open_.empty()) {
        file_.documents.push_back(std::move(node));
        return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
        parent.node.items.push_back(std::move(node));
        return;
    }
    if (!parent.has_key) {
        put_key(std::move(node));
        return;
    }
    parent.has_key = false;
    if (node.kind == YamlNode::Kind::null && node.text.empty()) {
        node.place = parent.key_place;  // nothing is written there
    }
    if (!parent.ignore_value) {
        parent.node.members.push_back(
            YamlMember{std::move(parent.key), parent.key_place, std::move(node)});
    }
}

void Builder::put_key(YamlNode node) {
    Open& parent = open_.back();
    parent.has_key = true;
    parent.key_place = node.place;
    parent.ignore_value = true;
    if (node.kind == YamlNode::Kind::sequence || node.kind == YamlNode::Kind::mapping) {
        error("yaml-key", node.place, "a key must be plain text, not a list or a section");
        file_.has_lost_keys = true;
        return;
    }
    const auto [seen, is_new] = parent.lines.emplace(node.text, node.place.line);
    if (!is_new) {
        error("duplicate-key",
              node.place,
              fmt::format("'{}' is set twice; the first is on line {}", node.text, seen->second),
              "keep one of them");
        return;
    }
    parent.ignore_value = false;
    parent.key = std::move(node.text);
}

bool Builder::take(fy_event& event) {
    if (++num_nodes_ > limits_.max_nodes) {
        error("yaml-limit", last_, fmt::format("more than {} values", limits_.max_nodes));
        return false;
    }
    if (diagnostics_.num_errors() >= limits_.max_errors) {
        return false;
    }
    switch (event.type) {
        case FYET_MAPPING_START:
            return open(YamlNode::Kind::mapping, event);
        case FYET_SEQUENCE_START:
            return open(YamlNode::Kind::sequence, event);
        case FYET_MAPPING_END:
        case FYET_SEQUENCE_END:
            close();
            return true;
        case FYET_SCALAR:
            return scalar(event);
        case FYET_ALIAS: {
            const YamlPlace place = place_of(event, true);
            error("yaml-alias", place, "aliases ('*name') are not supported", alias_hint(place));
            YamlNode node;
            node.refused = true;
            node.place = place;
            put(std::move(node));
            return true;
        }
        default:
            return true;
    }
}

std::size_t num_lines(const YamlFile& file) {
    return file.place(file.text().size(), 1).line;
}

// A line that is indented with a tab, other than inside a text of several lines.
std::optional<YamlPlace> tab_in_indentation(const YamlFile& file,
                                            const Builder& builder,
                                            std::size_t from_line,
                                            std::size_t to_line) {
    for (std::size_t number = from_line; number <= to_line; ++number) {
        const std::string_view line = file.line(number);
        const std::size_t content = line.find_first_not_of(" \t");
        const std::size_t tab = line.find('\t');
        if (content == std::string_view::npos || line[content] == '#' ||
            tab == std::string_view::npos || tab > content || builder.in_scalar(number)) {
            continue;
        }
        return YamlPlace{number, tab + 1, 1};
    }
    return std::nullopt;
}

Diagnostic tab_error(const YamlFile& file, const YamlPlace& place) {
    return file.diagnostic(
        Severity::error, "yaml-tab", place, "a tab in the indentation", "indent with spaces");
}

// The library points at the value that it took the next line for a part of.
Diagnostic misplaced_line(const YamlFile& file, YamlPlace place) {
    if (file.line(place.line).find_first_not_of(' ') + 1 == place.column) {
        return file.diagnostic(Severity::error,
                               "yaml-syntax",
                               place,
                               "a line that is neither a key with its ':' nor a list item",
                               "write 'key: value'");
    }
    const std::size_t last = num_lines(file);
    std::size_t number = place.line + 1;
    while (number < last && file.line(number).find_first_not_of(' ') == std::string_view::npos) {
        ++number;
    }
    const std::size_t column = file.line(number).find_first_not_of(' ');
    if (column != std::string_view::npos) {
        place = YamlPlace{number, column + 1, 1};
    }
    return file.diagnostic(
        Severity::error,
        "yaml-syntax",
        place,
        "the indentation does not fit the line above",
        "keys of one section start in the same column, and a key that has a value "
        "cannot have keys below it");
}

Diagnostic syntax_error(const YamlFile& file, const fy_diag_error& e) {
    YamlPlace place{static_cast<std::size_t>(std::max(e.line, 1)), 1, 1};
    const std::string_view line = file.line(place.line);
    // The library counts characters, we count bytes.
    std::size_t column = 0;
    for (int chars = 1; column < line.size() && chars < e.column; ++chars) {
        ++column;
        while (column < line.size() && (static_cast<unsigned char>(line[column]) & 0xc0U) == 0x80) {
            ++column;
        }
    }
    place.column = column + 1;
    const std::string_view text = e.msg != nullptr ? e.msg : "not valid YAML";
    if (text.find("invalid multiline plain key") != std::string_view::npos) {
        return misplaced_line(file, place);
    }
    for (const Explanation& x : explanations) {
        if (text.find(x.library) != std::string_view::npos) {
            return file.diagnostic(
                Severity::error, "yaml-syntax", place, std::string(x.message), std::string(x.hint));
        }
    }
    return file.diagnostic(Severity::error, "yaml-syntax", place, std::string(text));
}

Diagnostic encoding_error(const YamlFile& file, std::size_t offset) {
    Diagnostic d = file.diagnostic(Severity::error,
                                   "yaml-encoding",
                                   file.place(offset, 1),
                                   "a byte that is neither UTF-8 text nor allowed in YAML",
                                   "save the file as UTF-8");
    // One mark for each byte: what is wrong here should not reach a terminal.
    for (char& c : d.snippet) {
        c = c >= 0x20 && c < 0x7f ? c : '?';
    }
    return d;
}

void report_library_errors(YamlFile& file,
                           const Builder& builder,
                           fy_diag* diag,
                           Diagnostics& diagnostics) {
    void* position = nullptr;
    const fy_diag_error* first = fy_diag_errors_iterate(diag, &position);
    Diagnostic d =
        first != nullptr
            ? syntax_error(file, *first)
            : file.diagnostic(Severity::error, "yaml-syntax", {1, 1, 1}, "not valid YAML");
    if (const auto bracket = builder.open_bracket()) {
        if (d.message.starts_with("this ")) {
            d = file.diagnostic(Severity::error, d.code, *bracket, d.message, d.hint);
        } else if (d.message.find("is missing before") != std::string::npos) {
            d.hint = fmt::format("the bracket that is open stands on line {}, column {}",
                                 bracket->line,
                                 bracket->column);
        }
    }
    // A tab is behind many messages that speak of something else.
    const std::size_t last = std::min(d.line + 1, num_lines(file));
    if (const auto tab = tab_in_indentation(file, builder, d.line, last)) {
        d = tab_error(file, *tab);
    }
    diagnostics.add(std::move(d));
}

}  // namespace

YamlFile read_yaml(std::string_view text,
                   std::string_view name,
                   const YamlLimits& limits,
                   Diagnostics& diagnostics) {
    if (text.starts_with("\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    if (text.size() > limits.max_bytes) {
        YamlFile file{std::string(name), {}};
        file.complete = false;
        Diagnostic d;
        d.code = "yaml-limit";
        d.file = name;
        d.message = fmt::format("larger than {} bytes", limits.max_bytes);
        diagnostics.add(std::move(d));
        return file;
    }
    YamlFile file{std::string(name), std::string(text)};
    if (const auto bad = first_bad_byte(text)) {
        diagnostics.add(encoding_error(file, *bad));
        file.complete = false;
        return file;
    }

    fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = nullptr;
    const std::unique_ptr<fy_diag, CloseDiag> diag(fy_diag_create(&diag_cfg));
    fy_diag_set_collect_errors(diag.get(), true);
    fy_parse_cfg cfg{};
    // A C enum of bits.  NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
    cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG);
    cfg.diag = diag.get();
    const std::unique_ptr<fy_parser, CloseParser> parser(fy_parser_create(&cfg));
    fy_parser_set_string(parser.get(), file.text().data(), file.text().size());

    Builder builder(file, limits, diagnostics);
    while (true) {
        const Event event(fy_parser_parse(parser.get()), FreeEvent{parser.get()});
        if (!event) {
            break;
        }
        if (!builder.take(*event)) {
            file.complete = false;
            break;
        }
    }
    const bool failed = fy_parser_get_stream_error(parser.get());
    if (failed) {
        file.complete = false;
        report_library_errors(file, builder, diag.get(), diagnostics);
    } else if (const auto tab = tab_in_indentation(file, builder, 1, num_lines(file))) {
        diagnostics.add(tab_error(file, *tab));
    }
    builder.close_all();
    return file;
}

}  // namespace spoor::config
