#include "base/json_writer.hpp"
#include "config/keys.hpp"
#include "config/reference.hpp"
#include "config/value.hpp"

#include <fmt/core.h>

#include <limits>

namespace spoor::config {

namespace {

// A text with a reference in it stands for a value of any type.
constexpr std::string_view reference_pattern = R"(\$\{[^}]+\})";
constexpr std::string_view duration_pattern = "^[0-9]+(us|ms|s|m|h|d|w)$";
constexpr std::string_view size_pattern = "^[0-9]+ *([kKmMgGtT]i?)?[bB]$";

class Schema {
public:
    explicit Schema(std::string& out) : w_(out) {}

    void write();

private:
    void section(std::string_view path);
    void key(const Key& key);
    void range(const Key& key);

    void reference() {
        w_.begin_object()
            .member("type", "string")
            .member("pattern", reference_pattern)
            .end_object();
    }

    void typed(std::string_view type, std::string_view pattern = {});
    void choices(const Key& key);
    void forms(const Key& key);
    void list_of(const Key& key);
    void properties();
    void files();
    void text_lists(const Key& key);

    JsonWriter w_;
};

void Schema::range(const Key& key) {
    if (key.min != std::numeric_limits<double>::lowest()) {
        w_.member("minimum", key.min);
    }
    if (key.max != std::numeric_limits<double>::max()) {
        w_.member("maximum", key.max);
    }
}

void Schema::typed(std::string_view type, std::string_view pattern) {
    w_.begin_object().member("type", type);
    if (!pattern.empty()) {
        w_.member("pattern", pattern);
    }
    w_.end_object();
}

// Case does not matter to us, and an enum would make it.
void Schema::choices(const Key& key) {
    std::string pattern = "^(";
    for (const std::string_view choice : split_choices(key.choices)) {
        pattern += pattern.size() > 2 ? "|" : "";
        for (const char c : choice) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (letter) {
                const char upper = c >= 'a' ? static_cast<char>(c - 32) : c;
                pattern += fmt::format("[{}{}]", upper, static_cast<char>(upper + 32));
            } else {
                pattern += c;
            }
        }
    }
    typed("string", pattern + ")$");
    w_.begin_object().key("enum").begin_array();
    for (const std::string_view choice : split_choices(key.choices)) {
        w_.value(choice);
    }
    w_.end_array().end_object();
}

void Schema::list_of(const Key& key) {
    w_.begin_object().member("type", "array").member("minItems", 1).key("items").begin_object();
    w_.key("anyOf").begin_array();
    if (key.type == KeyType::integer_list) {
        w_.begin_object().member("type", "integer");
        range(key);
        w_.end_object();
    } else {
        typed("string");
        typed("number");
    }
    reference();
    w_.end_array().end_object().end_object();
}

void Schema::properties() {
    w_.begin_object().member("type", "object").key("additionalProperties");
    w_.begin_object().key("type").begin_array();
    w_.value("string").value("number").value("boolean").end_array().end_object().end_object();
    typed("null");
}

void Schema::files() {
    typed("string");
    w_.begin_object().member("type", "array").key("items").begin_object();
    w_.key("anyOf").begin_array();
    typed("string");
    w_.raw(R"({"type":"object","required":["path"],"additionalProperties":false,)"
           R"("properties":{"path":{"type":"string"},"start":{"enum":["beginning","end"]}}})");
    w_.end_array().end_object().end_object();
}

void Schema::text_lists(const Key& key) {
    w_.begin_object().member("type", "object").key("additionalProperties").begin_object();
    w_.key("anyOf").begin_array();
    typed("string");
    typed("number");
    list_of(key);
    w_.end_array().end_object().end_object();
    typed("null");
}

void Schema::forms(const Key& key) {
    switch (key.type) {
        case KeyType::text:
        case KeyType::secret:
            typed("string");
            typed("number");
            break;
        case KeyType::boolean:
            typed("boolean");
            // Words of YAML 1.1 that newer readers take for text.
            typed("string", "^([Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$");
            break;
        case KeyType::integer:
        case KeyType::number:
        case KeyType::duration:
        case KeyType::size:
            w_.begin_object().member("type", key.type == KeyType::number ? "number" : "integer");
            range(key);
            w_.end_object();
            if (key.type == KeyType::duration) {
                typed("string", duration_pattern);
            } else if (key.type == KeyType::size) {
                typed("string", size_pattern);
            }
            break;
        case KeyType::choice:
            choices(key);
            break;
        case KeyType::text_list:
        case KeyType::host_list:
            typed("string");
            typed("number");
            list_of(key);
            break;
        case KeyType::integer_list:
            w_.begin_object().member("type", "integer");
            range(key);
            w_.end_object();
            list_of(key);
            break;
        case KeyType::time_zone:
            typed("string", "^(UTC|utc|Z|[+-][0-9]{2}:[0-9]{2})$");
            break;
        case KeyType::properties:
            properties();
            break;
        case KeyType::files:
            files();
            break;
        case KeyType::text_lists:
            text_lists(key);
            break;
    }
    if (!key.null_as.empty()) {
        typed("null");
    }
}

void Schema::key(const Key& key) {
    w_.begin_object();
    std::string about(key.about);
    about += key.note.empty() ? "" : fmt::format(". {}", key.note);
    w_.member("description", std::string_view(about));
    if (!key.fallback.empty() && key.type != KeyType::secret) {
        w_.key("default");
        if (key.type == KeyType::boolean) {
            w_.value(key.fallback == "true");
        } else if (const auto number = parse_integer(key.fallback);
                   number && key.type != KeyType::text) {
            w_.value(*number);
        } else if (key.type == KeyType::number) {
            w_.value(parse_fallback(key).number);
        } else if (key.type == KeyType::integer_list) {
            w_.raw(key.fallback);
        } else if (key.type == KeyType::text_list) {
            w_.begin_array();
            for (const std::string& text : parse_fallback(key).texts) {
                w_.value(std::string_view(text));
            }
            w_.end_array();
        } else {
            w_.value(key.fallback);
        }
    }
    if (key.status == KeyStatus::accepted) {
        w_.member("deprecated", true);
    }
    w_.key("anyOf").begin_array();
    forms(key);
    reference();
    w_.end_array().end_object();
}

void Schema::section(std::string_view path) {
    w_.key("type").begin_array().value("object").value("null").end_array();
    w_.member("additionalProperties", false).key("properties").begin_object();
    for (const std::string_view name : names_in(path)) {
        const std::string full =
            path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
        w_.key(name);
        if (const Key* k = find_key(full)) {
            key(*k);
        } else {
            w_.begin_object();
            section(full);
            w_.end_object();
        }
    }
    w_.end_object();
}

void Schema::write() {
    w_.begin_object()
        .member("$schema", "https://json-schema.org/draft/2020-12/schema")
        .member("title", "Spoor configuration")
        .member("description", "config.yaml of Spoor; the reference page is docs/configuration.md");
    section({});
    w_.end_object();
}

}  // namespace

std::string json_schema() {
    std::string out;
    Schema(out).write();
    out += '\n';
    return out;
}

}  // namespace spoor::config
