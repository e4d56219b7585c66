#include "sigma/processing_parts.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace spoor::sigma {

namespace {

using Kind = YamlNode::Kind;

bool is_text(const YamlNode& node) {
    return node.kind == Kind::scalar || node.kind == Kind::null;
}

}  // namespace

const YamlMember* Parameters::member(std::string_view key) {
    asked_.emplace_back(key);
    return node_.find(key);
}

void Parameters::missing(std::string_view key) {
    report_.error("missing-key", node_.place, fmt::format("'{}' is missing", key));
}

std::string Parameters::text(std::string_view key, bool required) {
    const YamlMember* found = member(key);
    if (found == nullptr) {
        if (required) {
            missing(key);
        }
        return {};
    }
    if (!is_text(found->value)) {
        report_.error("not-a-text", found->value.place, fmt::format("'{}' takes a text", key));
        return {};
    }
    return found->value.text;
}

std::string Parameters::one_of(std::string_view key,
                               const std::vector<std::string_view>& allowed,
                               std::string_view otherwise) {
    const std::string out = text(key, false);
    const YamlMember* found = node_.find(key);
    if (found == nullptr) {
        return std::string(otherwise);
    }
    if (std::find(allowed.begin(), allowed.end(), out) == allowed.end()) {
        report_.error("unknown-value",
                      found->value.place,
                      fmt::format("'{}' cannot be '{}'", key, out),
                      fmt::format("{}", fmt::join(allowed, ", ")));
    }
    return out;
}

bool Parameters::flag(std::string_view key) {
    const YamlMember* found = member(key);
    if (found == nullptr) {
        return false;
    }
    const RuleValue value = read_scalar(found->value);
    if (found->value.kind != Kind::scalar || value.kind != RuleValue::Kind::boolean) {
        report_.error(
            "not-a-boolean", found->value.place, fmt::format("'{}' is true or false", key));
    }
    return value.boolean;
}

std::optional<std::vector<std::string>> Parameters::texts(std::string_view key) {
    const YamlMember* found = member(key);
    if (found == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> out;
    if (is_text(found->value)) {
        out.push_back(found->value.text);
    } else if (found->value.kind == Kind::mapping) {
        report_.error("not-a-text", found->value.place, fmt::format("'{}' takes texts", key));
    }
    for (const YamlNode& item : found->value.items) {
        if (is_text(item)) {
            out.push_back(item.text);
        } else {
            report_.error("not-a-text", item.place, fmt::format("'{}' takes texts", key));
        }
    }
    return out;
}

std::vector<std::pair<std::string, std::vector<std::string>>> Parameters::mapping(
    std::string_view key) {
    std::vector<std::pair<std::string, std::vector<std::string>>> out;
    const YamlMember* found = member(key);
    if (found == nullptr) {
        missing(key);
        return out;
    }
    if (found->value.kind != Kind::mapping) {
        report_.error("not-a-mapping",
                      found->value.place,
                      fmt::format("'{}' is a section: names, each with what it becomes", key));
        return out;
    }
    for (const YamlMember& entry : found->value.members) {
        std::vector<std::string> values;
        for (const YamlNode& item : entry.value.items) {
            values.push_back(item.text);
        }
        if (is_text(entry.value)) {
            values.push_back(entry.value.text);
        }
        if (values.empty() || std::find(values.begin(), values.end(), "") != values.end()) {
            report_.error("not-a-text",
                          entry.value.place,
                          fmt::format("'{}' is mapped to nothing", entry.key),
                          "a name, or a list of names");
        }
        out.emplace_back(entry.key, std::move(values));
    }
    return out;
}

RuleValue Parameters::value(std::string_view key) {
    const YamlMember* found = member(key);
    if (found == nullptr) {
        missing(key);
        return {};
    }
    if (!is_text(found->value)) {
        report_.error("not-a-text", found->value.place, fmt::format("'{}' takes one value", key));
        return {};
    }
    RuleValue out = read_scalar(found->value);
    if (out.kind == RuleValue::Kind::text) {
        out.text = read_text(out.string, false);
    }
    return out;
}

Regex Parameters::regex(const std::string& pattern, const YamlPlace& place, bool from_start) {
    RE2::Options options;
    options.set_log_errors(false);
    auto out =
        std::make_shared<const RE2>(from_start ? "\\A(?:" + pattern + ")" : pattern, options);
    std::string offending;
    if (const std::string fault = regex_fault(pattern, offending); !fault.empty()) {
        report_.error("bad-regex",
                      place,
                      fmt::format("the regular expression is not valid: {}", fault),
                      "RE2 syntax: no look-around, no back references");
    } else if (!out->ok()) {
        report_.error("bad-regex", place, "the regular expression is not valid");
    }
    return out;
}

Regex Parameters::regex(std::string_view key, bool from_start) {
    const std::string pattern = text(key, true);
    const YamlMember* found = node_.find(key);
    return regex(pattern, found == nullptr ? node_.place : found->value.place, from_start);
}

void Parameters::finish(std::string_view what) {
    for (const YamlMember& entry : node_.members) {
        if (std::find(asked_.begin(), asked_.end(), entry.key) == asked_.end()) {
            report_.error("unknown-key",
                          entry.place,
                          fmt::format("'{}' is not a parameter of {}", entry.key, what),
                          did_you_mean(entry.key, {asked_.begin(), asked_.end()}));
        }
    }
}

std::uint32_t StepIds::of(const std::string& id) {
    const auto next = static_cast<std::uint32_t>(numbers_.size() + 1);
    return id.empty() ? 0 : numbers_.emplace(id, next).first->second;
}

}  // namespace spoor::sigma
