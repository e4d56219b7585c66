#include "unit/alert/schema_check.hpp"

#include "base/time.hpp"

#include <regex.h>

#include <fstream>
#include <set>

namespace spoor::testing {

namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
           (type == "integer" && value.is_number_integer()) ||
           (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
}

// POSIX extended; std::regex trips the compiler's warnings under the sanitizers.
bool matches(const std::string& text, const std::string& pattern) {
    regex_t regex;
    if (regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    const bool found = regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
    regfree(&regex);
    return found;
}

class Check {
public:
    Check(const json& root, bool strict) : root_(root), strict_(strict) {}

    void value(const json& schema, const json& v, const std::string& path) {
        static const std::set<std::string> known = {"$schema",
                                                    "$id",
                                                    "$defs",
                                                    "$ref",
                                                    "title",
                                                    "description",
                                                    "examples",
                                                    "type",
                                                    "const",
                                                    "enum",
                                                    "required",
                                                    "properties",
                                                    "additionalProperties",
                                                    "items",
                                                    "pattern",
                                                    "minimum",
                                                    "maximum",
                                                    "format"};
        for (const auto& [keyword, unused] : schema.items()) {
            if (!known.contains(keyword)) {
                fail(path, "schema keyword not checked: " + keyword);
            }
        }
        if (schema.contains("$ref")) {
            const std::string ref = schema["$ref"];
            value(root_.at(json::json_pointer(ref.substr(1))), v, path);
        }
        type(schema, v, path);
        numbers_and_texts(schema, v, path);
        members(schema, v, path);
    }

    std::vector<std::string> problems;

private:
    void fail(const std::string& path, const std::string& what) {
        problems.push_back((path.empty() ? "/" : path) + ": " + what);
    }

    void type(const json& schema, const json& v, const std::string& path) {
        if (schema.contains("type")) {
            const json& t = schema["type"];
            bool ok = t.is_string() && has_type(v, t);
            for (std::size_t i = 0; t.is_array() && i < t.size(); ++i) {
                ok = ok || has_type(v, t[i]);
            }
            if (!ok) {
                fail(path, "is not of type " + t.dump());
            }
        }
        if (schema.contains("const") && schema["const"] != v) {
            fail(path, "is not " + schema["const"].dump());
        }
        if (schema.contains("enum") &&
            std::find(schema["enum"].begin(), schema["enum"].end(), v) == schema["enum"].end()) {
            fail(path, v.dump() + " is none of " + schema["enum"].dump());
        }
    }

    void numbers_and_texts(const json& schema, const json& v, const std::string& path) {
        if (v.is_number()) {
            if (schema.contains("minimum") && v < schema["minimum"]) {
                fail(path, "is too small: " + v.dump());
            }
            if (schema.contains("maximum") && v > schema["maximum"]) {
                fail(path, "is too large: " + v.dump());
            }
        }
        if (v.is_string()) {
            const std::string text = v;
            if (schema.contains("pattern") && !matches(text, schema["pattern"])) {
                fail(path, "does not match the pattern: " + text);
            }
            if (schema.value("format", "") == "date-time" && !parse_time(text)) {
                fail(path, "is no time: " + text);
            }
        }
    }

    void members(const json& schema, const json& v, const std::string& path) {
        if (v.is_array() && schema.contains("items")) {
            for (std::size_t i = 0; i < v.size(); ++i) {
                value(schema["items"], v[i], path + "/" + std::to_string(i));
            }
        }
        if (!v.is_object()) {
            return;
        }
        for (const json& name : schema.value("required", json::array())) {
            if (!v.contains(name.get<std::string>())) {
                fail(path, "lacks " + name.dump());
            }
        }
        const json properties = schema.value("properties", json::object());
        for (const auto& [name, member] : v.items()) {
            if (properties.contains(name)) {
                value(properties[name], member, path + "/" + name);
            } else if (schema.contains("additionalProperties")) {
                value(schema["additionalProperties"], member, path + "/" + name);
            } else if (strict_ && !schema.contains("$ref")) {
                fail(path, "has a member the schema does not name: " + name);
            }
        }
    }

    const json& root_;
    bool strict_;
};

}  // namespace

std::vector<std::string> check_schema(const json& schema, const json& value, bool strict) {
    Check check(schema, strict);
    check.value(schema, value, "");
    return check.problems;
}

json alert_schema() {
    std::ifstream in(SPOOR_SOURCE_DIR "/docs/spec/alert.schema.json");
    return json::parse(in);
}

}  // namespace spoor::testing
