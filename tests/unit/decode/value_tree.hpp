// A JSON text as a tree that keeps the order of members, duplicates and the spelling of reals: what
// the slow references in these tests walk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spoor::decode {

struct Value {
    enum class Kind { null, yes, no, number, text, object, array };
    Kind kind = Kind::null;
    std::string text;  // of text; of a number its spelling
    double real = 0;
    std::optional<std::int64_t> integer;
    struct Member;
    std::vector<Member> members;  // in order, duplicates kept
    std::vector<Value> elements;

    [[nodiscard]] bool is_scalar() const { return kind != Kind::object && kind != Kind::array; }
};

struct Value::Member {
    std::string first;
    Value second;
};

// False: no JSON.
[[nodiscard]] bool read_value(const std::string& text, Value& root);

}  // namespace spoor::decode
