#include "reference_decoder.hpp"

#include "decode/logsource.hpp"
#include "decode/mapping.hpp"
#include "value_tree.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace spoor::decode {

namespace {

struct Scalar {
    std::string path;
    Value value;
};

class Flattener {
public:
    std::vector<Scalar> scalars;

    void object(const std::string& prefix, const Value& v) {
        for (const auto& [key, member] : v.members) {
            value(prefix + key, member);
        }
    }

private:
    void value(const std::string& path, const Value& v) {
        if (v.kind == Value::Kind::object) {
            object(path + ".", v);
        } else if (v.kind == Value::Kind::array) {
            array(path, v);
        } else {
            scalars.push_back({path, v});
        }
    }

    void array(const std::string& path, const Value& v) {
        const bool named = path == named_lists[0];
        for (std::size_t i = 0; i < v.elements.size(); ++i) {
            if (named && v.elements[i].kind == Value::Kind::object) {
                named_element(path.substr(0, path.rfind('.') + 1), v.elements[i]);
            } else if (i == 0) {
                value(path, v.elements[0]);
            }
        }
    }

    void named_element(const std::string& prefix, const Value& v) {
        std::optional<std::string> name;
        Value content;
        for (const auto& [key, member] : v.members) {
            if ((key == "@Name" || key == "Name") && member.kind == Value::Kind::text) {
                name = member.text;
            }
            if ((key == "#text" || key == "Value") && member.is_scalar()) {
                content = member;
            }
        }
        if (name) {
            scalars.push_back({prefix + *name, content});
        }
    }
};

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(out)
                                                                    : std::nullopt;
}

bool has_hex_prefix(std::string_view text) {
    return text.starts_with("0x") || text.starts_with("0X");
}

// The value as JSON, or nullopt if it is of the wrong kind.
std::optional<std::string> converted(const Row& row, const Value& v) {
    const FieldType type = field_info(row.field).type;
    if (type == FieldType::integer) {
        std::optional<std::int64_t> out;
        if (v.kind == Value::Kind::number) {
            out = v.integer;
            if (!out && std::trunc(v.real) == v.real && std::abs(v.real) <= 9.0e18) {
                out = static_cast<std::int64_t>(v.real);
            }
        } else if (v.kind == Value::Kind::text) {
            out = parse_integer(v.text, 10);
            if (!out && row.transform == Transform::hex && has_hex_prefix(v.text) &&
                !v.text.substr(2).starts_with("-")) {
                out = parse_integer(v.text.substr(2), 16);
            }
        }
        return out ? std::optional(std::to_string(*out)) : std::nullopt;
    }
    if (type == FieldType::real) {
        if (v.kind != Value::Kind::number) {
            return std::nullopt;
        }
        return json_number(row.transform == Transform::seconds ? v.real / 1e9 : v.real);
    }
    std::string text = v.text;
    const bool dash_is_none =
        row.transform == Transform::no_dash || row.transform == Transform::address;
    if (dash_is_none && (text.empty() || text == "-")) {
        return std::nullopt;
    }
    if (row.transform == Transform::address && text.size() > 7 &&
        same_text(text.substr(0, 7), "::ffff:") && text.find('.') != std::string::npos) {
        text = text.substr(7);
    }
    return json_text(text);
}

struct Chosen {
    std::size_t rank = 0;
    std::string json;
    std::string text;
};

// Everything about one text that the rules look at.
class Reference {
public:
    Reference(std::vector<Scalar> scalars, Timestamp record_time, const Options& options)
        : scalars_(std::move(scalars)), record_time_(record_time), options_(options) {}

    PlainEvent decode() {
        choose_fields([](Only only) { return only == Only::always; });
        set_service();
        choose_fields([this](Only only) { return only != Only::always && holds(only); });
        out_.is_simulated = simulated();
        out_.shape = shape();
        set_host();
        set_time();
        if (out_.shape != "feature_vector") {
            set_meaning();
        }
        for (const auto& [id, chosen] : fields_) {
            out_.fields[std::string(field_info(id).name)] = chosen.json;
        }
        return out_;
    }

private:
    // First scalar of the path of a row with this use for which `good` holds, over all rows.
    template <class Good>
    const Value* first(Use use, Good good) const {
        for (const Scalar& s : scalars_) {
            for (const Row& row : rows()) {
                if (row.use == use && row.path == s.path && s.value.kind != Value::Kind::null &&
                    good(s.value)) {
                    return &s.value;
                }
            }
        }
        return nullptr;
    }

    bool any(Use use) const {
        return first(use, [](const Value&) { return true; }) != nullptr;
    }

    std::string first_text(Use use) const {
        const Value* v = first(use, [](const Value& x) { return !x.text.empty(); });
        return v != nullptr ? v->text : "";
    }

    template <class Wanted>
    void choose_fields(Wanted wanted) {
        for (const Scalar& s : scalars_) {
            if (s.value.kind == Value::Kind::null) {
                continue;
            }
            for (std::size_t rank = 0; rank < rows().size(); ++rank) {
                const Row& row = rows()[rank];
                if (row.use != Use::field || row.path != s.path || !wanted(row.only)) {
                    continue;
                }
                const auto json = converted(row, s.value);
                const auto it = fields_.find(row.field);
                if (json && (it == fields_.end() || rank < it->second.rank)) {
                    fields_[row.field] = {rank, *json, text_of(row, s.value)};
                }
            }
        }
    }

    static std::string text_of(const Row& row, const Value& v) {
        const FieldType type = field_info(row.field).type;
        return type == FieldType::text || type == FieldType::ip ? v.text : "";
    }

    std::string text(FieldId id) const {
        const auto it = fields_.find(id);
        return it == fields_.end() ? "" : it->second.text;
    }

    std::int64_t event_id() const {
        const auto it = fields_.find(FieldId::event_id);
        return it == fields_.end() ? 0 : *parse_integer(it->second.json, 10);
    }

    void set_service() {
        service_ = find_windows_service(text(FieldId::channel));
        if (service_.log == WindowsLog::unknown) {
            service_ = find_windows_service(text(FieldId::provider));
        }
    }

    bool holds(Only only) const {
        const std::set<std::int64_t> group_events = {4728, 4729, 4732, 4733, 4756, 4757};
        const bool security = service_.log == WindowsLog::security;
        const bool group = security && group_events.contains(event_id());
        switch (only) {
            case Only::process_created:
                return security && event_id() == 4688;
            case Only::group_changed:
                return group;
            case Only::other_target:
                return !group;
            case Only::file_object:
                return same_text(first_text(Use::object_type), "file");
            case Only::key_object:
                return same_text(first_text(Use::object_type), "key");
            default:
                return true;
        }
    }

    bool simulated() const {
        return first(Use::is_simulated,
                     [](const Value& v) { return v.kind == Value::Kind::yes; }) != nullptr ||
               first(Use::source_type, [](const Value& v) { return v.text == "simulation"; }) !=
                   nullptr;
    }

    std::string shape() const {
        if (any(Use::windows_id) && any(Use::windows_log)) {
            return "windows";
        }
        for (std::size_t i = 0; i < num_features; ++i) {
            if (fields_.contains(
                    static_cast<FieldId>(static_cast<std::size_t>(first_feature) + i))) {
                return "feature_vector";
            }
        }
        if (out_.is_simulated) {
            return "simulation";
        }
        return any(Use::ecs) ? "ecs" : "generic";
    }

    static std::string trimmed(std::string s) {
        const char* space = " \t\r\n";
        s.erase(0, std::min(s.find_first_not_of(space), s.size()));
        s.erase(s.find_last_not_of(space) + 1);
        return s;
    }

    void set_host() {
        const Value* type = first(Use::entity_type, [](const Value&) { return true; });
        const bool entity_counts = type == nullptr || type->text == "host";
        out_.host_key = "-";
        for (const Row& row : rows()) {
            if (row.use != Use::host && (row.use != Use::entity_host || !entity_counts)) {
                continue;
            }
            for (const Scalar& s : scalars_) {
                const std::string name = trimmed(s.value.text);
                if (s.path != row.path || name.empty() || name == "-" || name == ".") {
                    continue;
                }
                out_.host = name;
                out_.host_key.clear();
                fold_host(name, out_.host_key);
                return;
            }
        }
    }

    void set_time() {
        std::optional<Timestamp> time;
        for (const Row& row : rows()) {
            if (row.use != Use::time && row.use != Use::time_utc) {
                continue;
            }
            for (const Scalar& s : scalars_) {
                if (s.path != row.path || s.value.kind == Value::Kind::null) {
                    continue;
                }
                time = read(s.value.text,
                            row.use == Use::time_utc ? Duration{0} : options_.zone_offset);
                break;  // of one path given twice the first counts
            }
            if (time) {
                break;
            }
        }
        out_.time_origin = "event";
        if (!time && record_time_ != no_time) {
            time = record_time_;
            out_.time_origin = "record";
        } else if (!time) {
            out_.time_origin = "none";
            return;
        } else if (record_time_ != no_time && *time > record_time_ + options_.future_allowance) {
            time = record_time_;
            out_.time_origin = "clamped";
        }
        out_.time = format_time(*time);
    }

    static std::optional<Timestamp> read(const std::string& text, Duration zone) {
        if (const auto time = parse_time(text, zone)) {
            return time;
        }
        const auto number = nlohmann::json::parse(text, nullptr, false);
        if (!number.is_number() || number.get<double>() <= 0 || trimmed(text) != text) {
            return std::nullopt;
        }
        const auto count = number.get<double>();
        int power = 6;  // seconds
        power -= count >= 1e11 ? 3 : 0;
        power -= count >= 1e14 ? 3 : 0;
        power -= count >= 1e17 ? 3 : 0;
        const double micros = count * std::pow(10, power);
        if (micros >= 253402300800e6) {
            return std::nullopt;
        }
        const bool fits =
            !number.is_number_unsigned() ||
            number.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
        if (!number.is_number_integer() || !fits) {
            return Timestamp{Duration{std::llround(micros)}};
        }
        const auto whole = number.get<std::int64_t>();
        const auto scale = static_cast<std::int64_t>(std::pow(10, std::abs(power)));
        return Timestamp{Duration{power < 0 ? whole / scale : whole * scale}};
    }

    void add_missing(FieldId id, std::string_view value) {
        if (!value.empty() && !fields_.contains(id)) {
            fields_[id] = {0, json_text(value), std::string(value)};
        }
    }

    void set_meaning() {
        Meaning meaning;
        if (out_.shape == "windows") {
            out_.product = "windows";
            out_.service = service_.service;
            if (fields_.contains(FieldId::event_id)) {
                meaning = windows_meaning(service_.log,
                                          event_id(),
                                          first_text(Use::event_kind),
                                          first_text(Use::object_type));
            }
        } else {
            out_.product = ecs_product(first_text(Use::os));
        }
        const std::string category = first_text(Use::ecs_category);
        if (meaning.event_type.empty() && !category.empty()) {
            meaning = ecs_meaning(category, first_text(Use::ecs_type));
            if (meaning.event_type == "network_connection" &&
                fields_.contains(FieldId::dns_query)) {
                meaning.event_type = meaning.category = "dns_query";
            }
        }
        out_.category = meaning.category;
        add_missing(FieldId::event_type, meaning.event_type);
        add_missing(FieldId::action, meaning.action);
        add_missing(FieldId::outcome, meaning.outcome);
        if (meaning.user != FieldId::count_) {
            add_missing(FieldId::user_name, text(meaning.user));
        }
        add_parts_of_paths();
        add_missing(FieldId::host_name, out_.host);
        if (out_.category.empty() && out_.shape != "windows") {
            out_.category = message_category(text(FieldId::event_type), text(FieldId::action));
        }
    }

    void add_parts_of_paths() {
        const auto base = [](const std::string& path) {
            return path.substr(path.find_last_of("/\\") + 1);
        };
        add_missing(FieldId::process_name, base(text(FieldId::process_image)));
        add_missing(FieldId::parent_process_name, base(text(FieldId::parent_process_image)));
        const std::string file = base(text(FieldId::file_path));
        add_missing(FieldId::file_name, file);
        const auto dot = file.rfind('.');
        if (dot != std::string::npos && dot > 0) {
            add_missing(FieldId::file_extension, file.substr(dot + 1));
        }
    }

    std::vector<Scalar> scalars_;
    Timestamp record_time_;
    const Options& options_;
    std::map<FieldId, Chosen> fields_;
    WindowsService service_;
    PlainEvent out_;
};

}  // namespace

std::optional<PlainEvent> reference_decode(const std::string& text,
                                           Timestamp record_time,
                                           const Options& options) {
    Value root;
    if (!read_value(text, root) || root.kind != Value::Kind::object) {
        return std::nullopt;
    }
    Flattener flat;
    flat.object("", root);
    return Reference(std::move(flat.scalars), record_time, options).decode();
}

}  // namespace spoor::decode
