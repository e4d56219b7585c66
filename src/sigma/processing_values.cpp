// Transformations of values that do not look into texts, and of items as a whole.

#include "sigma/processing_parts.hpp"
#include "sigma/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = RuleValue::Kind;

class ItemTransformation : public Transformation {
public:
    void apply(const ProcessingStep& step, ProcessingContext& context) const override {
        if (!context.fields_only) {
            change_items(
                step, context, [&](const ItemAt& at) { return change(step, context, at); });
        }
    }

protected:
    [[nodiscard]] virtual Change change(const ProcessingStep& step,
                                        ProcessingContext& context,
                                        const ItemAt& at) const = 0;
};

class Drop final : public ItemTransformation {
protected:
    [[nodiscard]] Change change(const ProcessingStep&,
                                ProcessingContext&,
                                const ItemAt&) const override {
        return Change::dropped;
    }
};

class ItemFailure final : public ItemTransformation {
public:
    explicit ItemFailure(std::string message) : message_(std::move(message)) {}

protected:
    [[nodiscard]] Change change(const ProcessingStep& step,
                                ProcessingContext& context,
                                const ItemAt& at) const override {
        context.rule.report.skip("pipeline-failure",
                                 at.place,
                                 fmt::format("pipeline '{}': {}", step.pipeline, message_));
        return Change::none;
    }

private:
    std::string message_;
};

class SetValue final : public ItemTransformation {
public:
    explicit SetValue(RuleValue value) : value_(std::move(value)) {}

protected:
    [[nodiscard]] Change change(const ProcessingStep&,
                                ProcessingContext&,
                                const ItemAt& at) const override {
        for (RuleValue& value : at.node.item.values) {
            const std::uint32_t written = value.written;
            const YamlPlace place = value.place;
            value = value_;
            value.written = written;
            value.place = place;
        }
        return Change::changed;
    }

private:
    RuleValue value_;
};

class ConvertType final : public ItemTransformation {
public:
    explicit ConvertType(bool to_number) : to_number_(to_number) {}

protected:
    [[nodiscard]] Change change(const ProcessingStep& step,
                                ProcessingContext& context,
                                const ItemAt& at) const override {
        Change out = Change::none;
        for (RuleValue& value : at.node.item.values) {
            if (!to_number_ && value.kind == Kind::number && value.compare == Compare::equal) {
                value = text_value(value.string, value);
                out = Change::changed;
            } else if (to_number_ && value.kind == Kind::text) {
                if (has_wildcard(value.text) || !read_number(plain(value), value.number)) {
                    context.rule.report.error(
                        "pipeline-value",
                        at.place,
                        fmt::format(
                            "pipeline '{}': '{}' is no number", step.pipeline, plain(value)));
                    return Change::none;
                }
                value.kind = Kind::number;
                value.string = plain(value);
                out = Change::changed;
            }
        }
        return out;
    }

private:
    bool to_number_;
};

class MapString final : public ItemTransformation {
public:
    explicit MapString(std::vector<std::pair<std::string, std::vector<std::string>>> mapping)
        : mapping_(std::move(mapping)) {}

protected:
    [[nodiscard]] Change change(const ProcessingStep&,
                                ProcessingContext& context,
                                const ItemAt& at) const override {
        Change out = Change::none;
        std::vector<RuleValue> values;
        for (RuleValue& value : at.node.item.values) {
            const auto found =
                std::find_if(mapping_.begin(), mapping_.end(), [&](const auto& entry) {
                    return value.kind == Kind::text && entry.first == plain(value);
                });
            if (found == mapping_.end() || !context.make(found->second.size(), 0)) {
                values.push_back(std::move(value));
                continue;
            }
            out = Change::changed;
            for (const std::string& text : found->second) {
                values.push_back(text_value(text, value));
            }
        }
        at.node.item.values = std::move(values);
        return out;
    }

private:
    std::vector<std::pair<std::string, std::vector<std::string>>> mapping_;
};

// `Hashes: [MD5=..., SHA1=...]` as one item for each kind of hash.
class HashesFields final : public ItemTransformation {
public:
    explicit HashesFields(Parameters& in)
        : kinds_(in.texts("valid_hash_algos").value_or(std::vector<std::string>())),
          fields_(in.texts("field_to_parse").value_or(std::vector<std::string>{"Hashes", "Hash"})),
          prefix_(in.text("field_prefix", false)),
          drop_kind_(in.flag("drop_algo_prefix")) {
        if (kinds_.empty()) {
            in.missing("valid_hash_algos");
        }
    }

protected:
    [[nodiscard]] Change change(const ProcessingStep& step,
                                ProcessingContext& context,
                                const ItemAt& at) const override {
        const DetectionItem& item = at.node.item;
        const bool is_meant =
            std::find(fields_.begin(), fields_.end(), item.field) != fields_.end() &&
            std::all_of(item.values.begin(), item.values.end(), [](const RuleValue& v) {
                return v.kind == Kind::text;
            });
        if (!is_meant) {
            return Change::none;
        }
        std::vector<std::pair<std::string, std::vector<RuleValue>>> found;
        std::vector<std::string> left_out;
        for (const RuleValue& value : item.values) {
            if (!take(value, found)) {
                left_out.push_back(plain(value));
            }
        }
        if (found.empty()) {
            context.rule.report.error("pipeline-value",
                                      at.place,
                                      fmt::format("pipeline '{}': no hash of {} in '{}'",
                                                  step.pipeline,
                                                  fmt::join(kinds_, ", "),
                                                  item.field));
            return Change::none;
        }
        for (const std::string& text : left_out) {
            context.rule.report.warning(
                "pipeline-value",
                at.place,
                fmt::format("pipeline '{}' leaves out '{}'", step.pipeline, text),
                "it takes hashes of " + fmt::format("{}", fmt::join(kinds_, ", ")));
        }
        replace(at.node, std::move(found));
        return Change::changed;
    }

private:
    static std::string_view trimmed(std::string_view text) {
        const std::size_t first = text.find_first_not_of("*?");
        const std::size_t last = text.find_last_not_of("*?");
        return first == std::string_view::npos ? std::string_view()
                                               : text.substr(first, last - first + 1);
    }

    static std::string_view kind_of_length(std::size_t length) {
        return length == 32    ? "MD5"
               : length == 40  ? "SHA1"
               : length == 64  ? "SHA256"
               : length == 128 ? "SHA512"
                               : "";
    }

    // False: it is no hash of a kind that is asked for.
    [[nodiscard]] bool take(
        const RuleValue& value,
        std::vector<std::pair<std::string, std::vector<RuleValue>>>& out) const {
        const std::string text = plain(value);
        const std::size_t bar = text.find('|');
        const std::size_t at = bar != std::string::npos ? bar : text.find('=');
        const std::string_view whole = text;
        std::string kind;
        std::string_view hash = trimmed(whole);
        if (at != std::string::npos) {
            kind = trimmed(whole.substr(0, at));
            std::transform(kind.begin(), kind.end(), kind.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
            hash = trimmed(whole.substr(at + 1));
        } else {
            kind = kind_of_length(hash.size());
        }
        if (std::find(kinds_.begin(), kinds_.end(), kind) == kinds_.end()) {
            return false;
        }
        const std::string field = prefix_ + (drop_kind_ ? std::string() : kind);
        auto entry =
            std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.first == field; });
        if (entry == out.end()) {
            entry = out.insert(out.end(), {field, {}});
        }
        RuleValue made = value;
        made.text = plain_text(std::string(hash));
        entry->second.push_back(std::move(made));
        return true;
    }

    static void replace(Detection& node,
                        std::vector<std::pair<std::string, std::vector<RuleValue>>> found) {
        DetectionItem item = std::exchange(node.item, {});
        node.kind = item.all || item.negated ? Detection::Kind::all : Detection::Kind::any;
        for (auto& [field, values] : found) {
            Detection& made = node.children.emplace_back();
            made.kind = Detection::Kind::item;
            made.item = item;
            made.item.field = field;
            made.item.is_path = true;
            made.item.values = std::move(values);
        }
    }

    std::vector<std::string> kinds_;
    std::vector<std::string> fields_;
    std::string prefix_;
    bool drop_kind_;
};

MadeTransformation make_set_value(Parameters& in) {
    RuleValue value = in.value("value");
    const std::string forced = in.one_of("force_type", {"str", "num"}, "");
    if (forced == "str" && value.kind != Kind::null) {
        value = text_value(value.string, value);
    } else if (forced == "num" && value.kind != Kind::number) {
        if (read_yaml_number(value.string, value.number)) {
            value.kind = Kind::number;
        } else {
            in.report().error("not-a-number", in.place(), "'value' is no number");
        }
    }
    return std::make_unique<SetValue>(std::move(value));
}

}  // namespace

MadeTransformation make_value_transformation(std::string_view type, Parameters& in) {
    if (type == "drop_detection_item") {
        return std::make_unique<Drop>();
    }
    if (type == "detection_item_failure") {
        return std::make_unique<ItemFailure>(in.text("message", true));
    }
    if (type == "set_value") {
        return make_set_value(in);
    }
    if (type == "convert_type") {
        if (in.member("target_type") == nullptr) {
            in.missing("target_type");
        }
        return std::make_unique<ConvertType>(in.one_of("target_type", {"str", "num"}, "str") ==
                                             "num");
    }
    if (type == "map_string") {
        return std::make_unique<MapString>(in.mapping("mapping"));
    }
    if (type == "hashes_fields") {
        return std::make_unique<HashesFields>(in);
    }
    return nullptr;
}

}  // namespace spoor::sigma
