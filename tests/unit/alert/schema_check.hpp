// A small check of a JSON value against a schema: the keywords that docs/spec/alert.schema.json
// uses (type, const, enum, required, properties, additionalProperties as a schema, items, pattern,
// minimum, maximum, $ref into $defs). A keyword it does not know is a failure, so that the schema
// cannot grow past the check. `format` is checked for date-time only.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace spoor::testing {

// What is wrong, each with its path; empty: valid. `strict`: members that the schema does not name
// are wrong too.
[[nodiscard]] std::vector<std::string> check_schema(const nlohmann::json& schema,
                                                    const nlohmann::json& value,
                                                    bool strict);
[[nodiscard]] nlohmann::json alert_schema();  // docs/spec/alert.schema.json

}  // namespace spoor::testing
