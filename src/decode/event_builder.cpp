#include "decode/event_builder.hpp"

#include "base/assert.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace spoor::decode {

namespace {

using Kind = Token::Kind;

constexpr std::uint16_t derived = 0xFFFF;  // row of a field that no row gave

bool read_hex(std::string_view text, std::int64_t& out) {
    if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) {
        return false;
    }
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), out, 16);
    return error == std::errc{} && end == text.data() + text.size() && text[2] != '-';
}

// A whole number, also written 4624.0 or, in a string, "4624".
bool to_integer(const Token& token, std::string_view text, bool hex, std::int64_t& out) {
    if (token.kind != Kind::number && token.kind != Kind::text) {
        return false;
    }
    if (read_integer(text, out)) {
        return true;
    }
    if (token.kind == Kind::text) {
        return hex && read_hex(text, out);
    }
    double real = 0;
    constexpr double limit = 9.0e18;
    if (!read_real(text, real) || std::trunc(real) != real || std::abs(real) > limit) {
        return false;
    }
    out = static_cast<std::int64_t>(real);
    return true;
}

std::string_view plain_address(std::string_view text) {
    constexpr std::string_view mapped = "::ffff:";
    return text.size() > mapped.size() && same_text(text.substr(0, mapped.size()), mapped) &&
                   text.find('.') != std::string_view::npos
               ? text.substr(mapped.size())
               : text;
}

bool to_text(const Row& row, FieldType type, std::string_view text, Field& out) {
    if (row.transform == Transform::no_dash || row.transform == Transform::address) {
        if (text.empty() || text == "-") {
            return false;
        }
    }
    out = Field::text(row.field, row.transform == Transform::address ? plain_address(text) : text);
    out.type = type;
    return true;
}

// The value as the row's field; false if it is of the wrong kind: then the field is absent.
bool convert(const Row& row, const Token& token, std::string_view text, Field& out) {
    const FieldType type = field_info(row.field).type;
    switch (type) {
        case FieldType::text:
        case FieldType::ip:
            return to_text(row, type, text, out);
        case FieldType::integer: {
            std::int64_t value = 0;
            if (!to_integer(token, text, row.transform == Transform::hex, value)) {
                return false;
            }
            out = Field::of_integer(row.field, value);
            return true;
        }
        case FieldType::real: {
            double value = 0;
            if (token.kind != Kind::number || !read_real(text, value)) {
                return false;
            }
            constexpr double nanoseconds = 1e9;
            out = Field::of_real(row.field,
                                 row.transform == Transform::seconds ? value / nanoseconds : value);
            return true;
        }
        case FieldType::boolean:
            break;
    }
    if (token.kind != Kind::yes && token.kind != Kind::no) {
        return false;
    }
    out = Field::of_boolean(row.field, token.kind == Kind::yes);
    return true;
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("\\/");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension(std::string_view path) {
    const std::string_view name = base_name(path);
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

struct PartOfPath {
    FieldId from;
    FieldId to;
    std::string_view (*part)(std::string_view);
};

// Fields that are part of another one, where the message does not give them.
constexpr PartOfPath parts_of_paths[] = {
    {FieldId::process_image, FieldId::process_name, base_name},
    {FieldId::parent_process_image, FieldId::parent_process_name, base_name},
    {FieldId::file_path, FieldId::file_name, base_name},
    {FieldId::file_path, FieldId::file_extension, extension},
};

}  // namespace

bool read_time(std::string_view text, Duration zone_offset, Timestamp& out) {
    if (const auto time = parse_time(text, zone_offset)) {
        out = *time;
        return true;
    }
    double count = 0;
    if (!is_number(text) || !read_real(text, count) || count <= 0) {
        return false;
    }
    std::int64_t micros_each = 1'000'000;  // seconds
    std::int64_t each_micro = 1;
    if (count >= 1e17) {
        micros_each = 1;
        each_micro = 1'000;
    } else if (count >= 1e14) {
        micros_each = 1;
    } else if (count >= 1e11) {
        micros_each = 1'000;
    }
    const double micros =
        count * static_cast<double>(micros_each) / static_cast<double>(each_micro);
    constexpr double year_10000 = 253402300800e6;
    if (micros >= year_10000) {
        return false;
    }
    std::int64_t whole = 0;
    out = Timestamp{Duration{read_integer(text, whole) ? whole * micros_each / each_micro
                                                       : std::llround(micros)}};
    return true;
}

EventBuilder::EventBuilder(const PathIndex& paths, const Options& options, Scratch& scratch)
    : paths_(paths), rows_(rows()), options_(options), scratch_(scratch) {
    SPOOR_ASSERT(rows_.size() <= time_rank_.size(), "time_rank_ is too small for the mapping");
    std::uint8_t rank = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].use == Use::time || rows_[i].use == Use::time_utc) {
            SPOOR_ASSERT(rank < max_times, "more rows of times than max_times");
            time_rank_[i] = rank++;
        }
    }
}

void EventBuilder::begin_batch() {
    events_.clear();
    field_starts_.clear();
    fields_.clear();
    num_clamped_ = 0;
    num_without_time_ = 0;
}

void EventBuilder::end_batch() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const std::size_t end = i + 1 < events_.size() ? field_starts_[i + 1] : fields_.size();
        events_[i].fields = {fields_.data() + field_starts_[i], end - field_starts_[i]};
    }
}

void EventBuilder::begin() {
    first_field_ = fields_.size();
    field_rows_.clear();
    seen_.reset();
    hints_ = Hints{};
}

void EventBuilder::add(const Field& field, std::uint16_t row_id) {
    const auto index = static_cast<std::size_t>(field.id);
    hints_.collided |= seen_[index];
    seen_.set(index);
    fields_.push_back(field);
    field_rows_.push_back(row_id);
}

void EventBuilder::leaf(const PathNode& node, const Token& token) {
    std::string_view text;
    if (!token_text(token, scratch_, text)) {
        return;
    }
    for (const std::uint16_t row_id : paths_.row_ids(node)) {
        apply(row_id, token, text);
    }
}

void EventBuilder::apply(std::uint16_t row_id, const Token& token, std::string_view text) {
    const Row& row = rows_[row_id];
    if (row.use != Use::field) {
        note(row, row_id, token, text);
        return;
    }
    Field field;
    if (convert(row, token, text, field)) {
        hints_.conditional |= row.only != Only::always;
        hints_.features |= field.id >= first_feature;
        add(field, row_id);
    }
}

void EventBuilder::note(const Row& row,
                        std::uint16_t row_id,
                        const Token& token,
                        std::string_view text) {
    const auto keep_first = [&](std::string_view& kept) { kept = kept.empty() ? text : kept; };
    switch (row.use) {
        case Use::host:
        case Use::entity_host:
        case Use::entity_type:
            hints_.host.offer(row, row_id, text);
            break;
        case Use::time:
        case Use::time_utc: {
            const std::uint8_t rank = time_rank_[row_id];
            if ((hints_.times_seen >> rank & 1U) == 0) {
                hints_.times_seen |= 1U << rank;
                times_[rank] = {text, row.use == Use::time_utc};
            }
            break;
        }
        case Use::is_simulated:
            hints_.simulated |= token.kind == Kind::yes;
            break;
        case Use::source_type:
            hints_.simulated |= text == "simulation";
            break;
        case Use::windows_id:
            hints_.windows_id = true;
            break;
        case Use::windows_log:
            hints_.windows_log = true;
            break;
        case Use::ecs:
            hints_.ecs = true;
            break;
        case Use::event_kind:
            keep_first(hints_.event_kind);
            break;
        case Use::object_type:
            keep_first(hints_.object_type);
            break;
        case Use::ecs_category:
            keep_first(hints_.ecs_category);
            break;
        case Use::ecs_type:
            keep_first(hints_.ecs_type);
            break;
        case Use::os:
            keep_first(hints_.os);
            break;
        case Use::field:
        case Use::count_:
            break;
    }
}

const Field* EventBuilder::find(FieldId id) const {
    if (!has(id)) {
        return nullptr;
    }
    for (std::size_t i = first_field_; i < fields_.size(); ++i) {
        if (fields_[i].id == id) {
            return &fields_[i];
        }
    }
    return nullptr;
}

std::string_view EventBuilder::text_of(FieldId id) const {
    const Field* field = find(id);
    return field != nullptr ? field->as_text() : std::string_view();
}

void EventBuilder::add_text(FieldId id, std::string_view text) {
    if (!text.empty() && !has(id)) {
        add(Field::text(id, text), derived);
    }
}

bool EventBuilder::holds(Only only, WindowsLog log, std::int64_t event_id) const {
    const bool security = log == WindowsLog::security;
    switch (only) {
        case Only::process_created:
            return security && event_id == 4688;
        case Only::group_changed:
            return security && changes_group(event_id);
        case Only::other_target:
            return !security || !changes_group(event_id);
        case Only::file_object:
            return same_text(hints_.object_type, "File");
        case Only::key_object:
            return same_text(hints_.object_type, "Key");
        case Only::always:
        case Only::count_:
            break;
    }
    return true;
}

// Leaves one value of each field: that of the first row, among rows that hold for this event.
void EventBuilder::settle() {
    constexpr std::uint16_t none = 0xFFFF;
    std::array<std::uint16_t, num_fields> best;
    best.fill(none);
    const std::size_t n = fields_.size() - first_field_;
    const Field* const fields = fields_.data() + first_field_;
    const auto consider = [&](std::size_t i) {
        std::uint16_t& b = best[static_cast<std::size_t>(fields[i].id)];
        if (b == none || field_rows_[i] < field_rows_[b]) {
            b = static_cast<std::uint16_t>(i);
        }
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (rows_[field_rows_[i]].only == Only::always) {
            consider(i);
        }
    }
    if (hints_.conditional) {
        const auto found = [&](FieldId id) -> const Field* {
            const std::uint16_t b = best[static_cast<std::size_t>(id)];
            return b == none ? nullptr : fields + b;
        };
        const Field* id = found(FieldId::event_id);
        WindowsService service;
        for (const FieldId name : {FieldId::channel, FieldId::provider}) {
            if (const Field* f = found(name); f != nullptr && service.log == WindowsLog::unknown) {
                service = find_windows_service(f->as_text());
            }
        }
        for (std::size_t i = 0; i < n; ++i) {
            const Only only = rows_[field_rows_[i]].only;
            if (only != Only::always && holds(only, service.log, id != nullptr ? id->integer : 0)) {
                consider(i);
            }
        }
    }
    std::size_t out = 0;
    seen_.reset();
    for (std::size_t i = 0; i < n; ++i) {
        const auto id = static_cast<std::size_t>(fields[i].id);
        if (best[id] == i) {
            seen_.set(id);
            fields_[first_field_ + out++] = fields[i];
        }
    }
    fields_.resize(first_field_ + out);
}

void EventBuilder::set_time(Event& event) {
    for (std::uint32_t left = hints_.times_seen; left != 0; left &= left - 1) {
        const TimeText& t = times_[static_cast<std::size_t>(std::countr_zero(left))];
        if (read_time(t.text, t.is_utc ? Duration{0} : options_.zone_offset, event.time)) {
            event.time_origin = TimeOrigin::event;
            break;
        }
    }
    const bool has_record_time = event.record_time != no_time;
    if (event.time_origin == TimeOrigin::none) {
        ++num_without_time_;
        if (has_record_time) {
            event.time = event.record_time;
            event.time_origin = TimeOrigin::record;
        }
    } else if (has_record_time && event.time > event.record_time + options_.future_allowance) {
        ++num_clamped_;
        event.time = event.record_time;
        event.time_origin = TimeOrigin::clamped;
    }
}

EventShape EventBuilder::shape() const {
    if (hints_.windows_id && hints_.windows_log) {
        return EventShape::windows;
    }
    if (hints_.features) {
        return EventShape::feature_vector;
    }
    if (hints_.simulated) {
        return EventShape::simulation;
    }
    return hints_.ecs ? EventShape::ecs : EventShape::generic;
}

void EventBuilder::set_meaning(Event& event) {
    Meaning meaning;
    if (event.shape == EventShape::windows) {
        event.product = "windows";
        WindowsService service = find_windows_service(text_of(FieldId::channel));
        if (service.log == WindowsLog::unknown) {
            service = find_windows_service(text_of(FieldId::provider));
        }
        event.service = service.service;
        const Field* id = find(FieldId::event_id);
        if (id != nullptr) {
            meaning =
                windows_meaning(service.log, id->integer, hints_.event_kind, hints_.object_type);
        }
    } else {
        event.product = ecs_product(hints_.os);
    }
    if (meaning.event_type.empty() && !hints_.ecs_category.empty()) {
        meaning = ecs_meaning(hints_.ecs_category, hints_.ecs_type);
        if (meaning.event_type == "network_connection" && has(FieldId::dns_query)) {
            meaning.event_type = meaning.category = "dns_query";
        }
    }
    event.category = meaning.category;
    add_missing(event, meaning);
    if (event.category.empty() && event.shape != EventShape::windows) {
        event.category = message_category(text_of(FieldId::event_type), text_of(FieldId::action));
    }
}

void EventBuilder::add_missing(Event& event, const Meaning& meaning) {
    add_text(FieldId::event_type, meaning.event_type);
    add_text(FieldId::action, meaning.action);
    add_text(FieldId::outcome, meaning.outcome);
    if (meaning.user != FieldId::count_) {
        add_text(FieldId::user_name, text_of(meaning.user));
    }
    for (const PartOfPath& row : parts_of_paths) {
        if (has(row.from) && !has(row.to)) {
            add_text(row.to, row.part(text_of(row.from)));
        }
    }
    add_text(FieldId::host_name, event.host);
}

void EventBuilder::finish(std::string_view text, const RecordRow& record) {
    if (hints_.collided || hints_.conditional) {
        settle();
    }
    Event& event = events_.emplace_back();
    field_starts_.push_back(first_field_);
    event.raw = text;
    event.ref = record.ref;
    event.record_time = record.record_time;
    event.is_simulated = hints_.simulated;
    event.shape = shape();
    event.host = hints_.host.host();
    event.host_key = folded_host(event.host, scratch_);
    set_time(event);
    if (event.shape != EventShape::feature_vector) {
        set_meaning(event);
    }
}

}  // namespace spoor::decode
