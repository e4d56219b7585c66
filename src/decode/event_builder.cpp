#include "decode/event_builder.hpp"

#include "base/assert.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

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
    if (token.kind == Kind::text) {
        return read_integer(text, out) || (hex && read_hex(text, out));
    }
    if (token.kind != Kind::number) {
        return false;
    }
    const Number& n = token.number;
    if (n.exponent == 0 && n.exact && n.mantissa <= std::numeric_limits<std::int64_t>::max()) {
        const auto value = static_cast<std::int64_t>(n.mantissa);
        out = n.negative ? -value : value;
        return true;
    }
    double real = 0;
    constexpr double limit = 9.0e18;
    if (!to_real(n, text, real) || std::trunc(real) != real || std::abs(real) > limit) {
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

bool to_text(const Target& to, std::string_view text, Field& out) {
    if (to.transform == Transform::no_dash || to.transform == Transform::address) {
        if (text.empty() || text == "-") {
            return false;
        }
        text = to.transform == Transform::address ? plain_address(text) : text;
    }
    out.size = static_cast<std::uint32_t>(text.size());
    out.data = text.data();
    return true;
}

// Writes the value into `out`, whose id and type are the target's; false if it is of the wrong
// kind: then the field is absent.
bool convert(const Target& to, const Token& token, Field& out) {
    switch (to.type) {
        case FieldType::text:
        case FieldType::ip:
            return to_text(to, token.bytes, out);
        case FieldType::integer:
            return to_integer(token, token.bytes, to.transform == Transform::hex, out.integer);
        case FieldType::real:
            if (token.kind != Kind::number || !to_real(token.number, token.bytes, out.real)) {
                return false;
            }
            if (to.transform == Transform::seconds) {
                constexpr double nanoseconds = 1e9;
                out.real /= nanoseconds;
            }
            return true;
        case FieldType::boolean:
            break;
    }
    out.boolean = token.kind == Kind::yes;
    return token.kind == Kind::yes || token.kind == Kind::no;
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
    Number number;
    double count = 0;
    if (!scan_number(text, number) || !to_real(number, text, count) || count <= 0) {
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
    : paths_(paths), options_(options), scratch_(scratch) {
    std::uint8_t time_rank = 0;
    for (const Row& row : rows()) {
        Target& to = targets_.emplace_back();
        to.use = row.use;
        to.transform = row.transform;
        to.only = row.only;
        to.field = row.field;
        if (row.use == Use::field) {
            to.type = field_info(row.field).type;
        } else if (row.use == Use::time || row.use == Use::time_utc) {
            SPOOR_ASSERT(time_rank < max_times, "more rows of times than max_times");
            to.time_rank = time_rank++;
        }
    }
}

void EventBuilder::begin_batch() {
    events_.clear();
    field_starts_.clear();
    captured_starts_.clear();
    end_field_ = 0;
    end_captured_ = 0;
    num_clamped_ = 0;
    num_without_time_ = 0;
}

void EventBuilder::end_batch() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const std::size_t end = i + 1 < events_.size() ? field_starts_[i + 1] : end_field_;
        events_[i].fields = {fields_.data() + field_starts_[i], end - field_starts_[i]};
        const std::size_t end_captured =
            i + 1 < events_.size() ? captured_starts_[i + 1] : end_captured_;
        events_[i].captured = {captured_.data() + captured_starts_[i],
                               end_captured - captured_starts_[i]};
    }
}

void EventBuilder::begin() {
    first_field_ = end_field_;
    first_captured_ = end_captured_;
    seen_ = {};
    hints_ = Hints{};
}

void EventBuilder::grow() {
    const std::size_t size = fields_.empty() ? std::size_t{16} * 1024 : fields_.size() * 2;
    fields_.resize(size);
    field_rows_.resize(size);
}

// The next free field, made in place: a copy would wait for the parts just written.
Field& EventBuilder::next_field(FieldId id, FieldType type) {
    if (end_field_ == fields_.size()) {
        grow();
    }
    Field& field = fields_[end_field_];
    field.id = id;
    field.type = type;
    field.size = 0;
    return field;
}

void EventBuilder::take_next(FieldId id, std::uint16_t row_id) {
    field_rows_[end_field_] = row_id;
    ++end_field_;
    const auto index = static_cast<std::size_t>(id);
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    hints_.collided |= (seen_[index / 64] & bit) != 0;
    seen_[index / 64] |= bit;
}

// leaf(), capture() and take_rows() each end with a call of the next, so that none but the last
// needs a frame.
void EventBuilder::leaf(const PathNode& node, const Token& token) {
    if (node.num_watched > 0) {
        capture(node, token);
    } else {
        take_rows(node, token);
    }
}

[[gnu::noinline]] void EventBuilder::take_rows(const PathNode& node, const Token& token) {
    if (token.kind == Kind::null) {
        return;
    }
    for (const std::uint16_t row_id : paths_.row_ids(node)) {
        const Target& to = targets_[row_id];
        if (to.use != Use::field) {
            note(to, row_id, token, token.bytes);
        } else if (convert(to, token, next_field(to.field, to.type))) {
            hints_.conditional |= to.only != Only::always;
            hints_.features |= to.field >= first_feature;
            take_next(to.field, row_id);
        }
    }
}

void EventBuilder::note(const Target& to,
                        std::uint16_t row_id,
                        const Token& token,
                        std::string_view text) {
    const auto keep_first = [&](std::string_view& kept) { kept = kept.empty() ? text : kept; };
    switch (to.use) {
        case Use::host:
        case Use::entity_host:
        case Use::entity_type:
            hints_.host.offer(to.use, row_id, text);
            break;
        case Use::time:
        case Use::time_utc: {
            if ((hints_.times_seen >> to.time_rank & 1U) == 0) {
                hints_.times_seen |= 1U << to.time_rank;
                times_[to.time_rank] = {text, to.use == Use::time_utc};
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
    for (std::size_t i = first_field_; i < end_field_; ++i) {
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
        Field& field = next_field(id, FieldType::text);
        field.size = static_cast<std::uint32_t>(text.size());
        field.data = text.data();
        take_next(id, derived);
    }
}

// The same few channels come again and again.
WindowsService EventBuilder::service_of(std::string_view name) {
    constexpr std::size_t longest = 256;
    if (name.size() > longest) {
        return {};
    }
    KnownService& known = services_[name.size() % services_.size()];
    if (known.name != name) {
        known.name = name;
        known.service = find_windows_service(name);
    }
    return known.service;
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
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::array<std::size_t, num_fields> best;  // places in fields
    best.fill(none);
    const std::size_t n = end_field_ - first_field_;
    const std::span<Field> fields = std::span(fields_).subspan(first_field_, n);
    const std::span<const std::uint16_t> from = std::span(field_rows_).subspan(first_field_, n);
    const auto consider = [&](std::size_t i) {
        std::size_t& b = best[static_cast<std::size_t>(fields[i].id)];
        if (b == none || from[i] < from[b]) {
            b = i;
        }
    };
    for (std::size_t i = 0; i < n; ++i) {
        if (targets_[from[i]].only == Only::always) {
            consider(i);
        }
    }
    if (hints_.conditional) {
        const auto found = [&](FieldId id) -> const Field* {
            const std::size_t b = best[static_cast<std::size_t>(id)];
            return b == none ? nullptr : &fields[b];
        };
        const Field* id = found(FieldId::event_id);
        for (const FieldId name : {FieldId::channel, FieldId::provider}) {
            const Field* f = found(name);
            if (f != nullptr && hints_.service.log == WindowsLog::unknown) {
                hints_.service = service_of(f->as_text());
            }
        }
        for (std::size_t i = 0; i < n; ++i) {
            const Only only = targets_[from[i]].only;
            if (only != Only::always &&
                holds(only, hints_.service.log, id != nullptr ? id->integer : 0)) {
                consider(i);
            }
        }
    }
    std::size_t out = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (best[static_cast<std::size_t>(fields[i].id)] == i) {
            fields[out++] = fields[i];
        }
    }
    end_field_ = first_field_ + out;
    seen_ = {};
    for (std::size_t i = 0; i < out; ++i) {
        const auto index = static_cast<std::size_t>(fields[i].id);
        seen_[index / 64] |= std::uint64_t{1} << (index % 64);
    }
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
        WindowsService& service = hints_.service;
        for (const FieldId name : {FieldId::channel, FieldId::provider}) {
            if (service.log == WindowsLog::unknown) {
                service = service_of(text_of(name));
            }
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
    captured_starts_.push_back(first_captured_);
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
    event.product = event.product.empty() ? options_.product : event.product;
    event.category = event.category.empty() ? options_.category : event.category;
    event.service = event.service.empty() ? options_.service : event.service;
}

}  // namespace spoor::decode
