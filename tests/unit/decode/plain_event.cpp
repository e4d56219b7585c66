#include "plain_event.hpp"

#include "base/json_writer.hpp"

namespace spoor::decode {

std::string json_text(std::string_view text) {
    std::string out;
    JsonWriter(out).value(text);
    return out;
}

std::string json_number(double number) {
    std::string out;
    JsonWriter(out).value(number);
    return out;
}

std::string_view name_of(TimeOrigin origin) {
    switch (origin) {
        case TimeOrigin::event:
            return "event";
        case TimeOrigin::clamped:
            return "clamped";
        case TimeOrigin::record:
            return "record";
        case TimeOrigin::none:
            break;
    }
    return "none";
}

PlainEvent plain(const Event& event) {
    PlainEvent out;
    out.shape = to_string(event.shape);
    out.time = event.time == no_time ? "" : format_time(event.time);
    out.time_origin = name_of(event.time_origin);
    out.is_simulated = event.is_simulated;
    out.host = event.host;
    out.host_key = event.host_key;
    out.product = event.product;
    out.category = event.category;
    out.service = event.service;
    for (const Field& field : event.fields) {
        std::string value;
        switch (field.type) {
            case FieldType::text:
            case FieldType::ip:
                value = json_text(field.as_text());
                break;
            case FieldType::integer:
                value = std::to_string(field.integer);
                break;
            case FieldType::real:
                value = json_number(field.real);
                break;
            case FieldType::boolean:
                value = field.boolean ? "true" : "false";
                break;
        }
        const auto name = std::string(field_info(field.id).name);
        // A field is there once; a second one would show up as this.
        out.fields[out.fields.contains(name) ? name + " (again)" : name] = value;
    }
    return out;
}

std::string PlainEvent::to_json() const {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("shape", std::string_view(shape));
    if (!time.empty()) {
        json.member("time", std::string_view(time));
    }
    json.member("time_origin", std::string_view(time_origin));
    if (is_simulated) {
        json.member("is_simulated", true);
    }
    for (const auto& [name, value] : {std::pair{"host", &host},
                                      {"host_key", &host_key},
                                      {"product", &product},
                                      {"category", &category},
                                      {"service", &service}}) {
        if (!value->empty()) {
            json.member(name, std::string_view(*value));
        }
    }
    json.key("fields").begin_object();
    for (const auto& [name, value] : fields) {
        json.key(name).raw(value);
    }
    json.end_object().end_object();
    return out;
}

}  // namespace spoor::decode
