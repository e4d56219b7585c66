#include "value_tree.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace spoor::decode {

namespace {

// Builds a Value, where nlohmann::json would lose order and duplicates.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return put({}); }

    bool boolean(bool v) override {
        return put(
            Value{v ? Value::Kind::yes : Value::Kind::no, v ? "true" : "false", 0, {}, {}, {}});
    }

    bool number_integer(number_integer_t v) override {
        return put({Value::Kind::number, std::to_string(v), static_cast<double>(v), v, {}, {}});
    }

    bool number_unsigned(number_unsigned_t v) override {
        Value value{Value::Kind::number, std::to_string(v), static_cast<double>(v), {}, {}, {}};
        if (v <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
            value.integer = static_cast<std::int64_t>(v);
        }
        return put(std::move(value));
    }

    bool number_float(number_float_t v, const string_t& spelling) override {
        return put({Value::Kind::number, spelling, v, {}, {}, {}});
    }

    bool string(string_t& v) override { return put({Value::Kind::text, v, 0, {}, {}, {}}); }

    bool binary(binary_t& /*unused*/) override { return false; }

    bool start_object(std::size_t /*unused*/) override { return open(Value::Kind::object); }

    bool end_object() override { return close(); }

    bool start_array(std::size_t /*unused*/) override { return open(Value::Kind::array); }

    bool end_array() override { return close(); }

    bool key(string_t& v) override {
        keys_.back() = v;
        return true;
    }

    bool parse_error(std::size_t /*unused*/,
                     const std::string& /*unused*/,
                     const nlohmann::detail::exception& /*unused*/) override {
        return false;
    }

    Value root;

private:
    bool put(Value v) {
        if (stack_.empty()) {
            root = std::move(v);
        } else if (stack_.back().kind == Value::Kind::object) {
            stack_.back().members.emplace_back(keys_.back(), std::move(v));
        } else {
            stack_.back().elements.push_back(std::move(v));
        }
        return true;
    }

    bool open(Value::Kind kind) {
        stack_.emplace_back().kind = kind;
        keys_.emplace_back();
        return true;
    }

    bool close() {
        Value v = std::move(stack_.back());
        stack_.pop_back();
        keys_.pop_back();
        return put(std::move(v));
    }

    std::vector<Value> stack_;
    std::vector<std::string> keys_;
};

}  // namespace

bool read_value(const std::string& text, Value& root) {
    TreeBuilder tree;
    if (!nlohmann::json::sax_parse(text, &tree)) {
        return false;
    }
    root = std::move(tree.root);
    return true;
}

}  // namespace spoor::decode
