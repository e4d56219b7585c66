// Transformations of fields' names.

#include "sigma/processing_parts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace spoor::sigma {

namespace {

using Names = std::vector<std::string>;
using Mapping = std::vector<std::pair<std::string, Names>>;

void note(std::vector<std::uint32_t>& applied, std::uint32_t step) {
    const auto at = std::lower_bound(applied.begin(), applied.end(), step);
    if (step != 0 && (at == applied.end() || *at != step)) {
        applied.insert(at, step);
    }
}

class NameTransformation : public Transformation {
public:
    void apply(const ProcessingStep& step, ProcessingContext& context) const override {
        if (context.fields_only) {
            change_carried(step, context);
            return;
        }
        change_items(step, context, [&](const ItemAt& at) {
            const bool other = change_others(step, context, at.node.item);
            return change_name(context, at.node) || other ? Change::changed : Change::none;
        });
    }

protected:
    // What the field is called now; nullopt: as before.
    [[nodiscard]] virtual std::optional<Names> map(const std::string& field) const = 0;

private:
    bool change_name(ProcessingContext& context, Detection& node) const {
        if (node.item.is_keyword) {
            return false;
        }
        const std::optional<Names> names = map(node.item.field);
        if (!names) {
            return false;
        }
        node.item.is_path = true;
        node.item.field = names->front();
        if (names->size() == 1) {
            return true;
        }
        std::size_t bytes = 0;
        for (const RuleValue& value : node.item.values) {
            bytes += bytes_of(value.text) + value.string.size();
        }
        if (!context.make(names->size() * (node.item.values.size() + 1), names->size() * bytes)) {
            return true;
        }
        // Of several any; of what is negated none.
        const DetectionItem item = std::exchange(node.item, {});
        node.kind = item.negated ? Detection::Kind::all : Detection::Kind::any;
        for (const std::string& name : *names) {
            Detection& made = node.children.emplace_back();
            made.kind = Detection::Kind::item;
            made.item = item;
            made.item.field = name;
        }
        return true;
    }

    // The fields that values refer to (M13).
    bool change_others(const ProcessingStep& step,
                       ProcessingContext& context,
                       DetectionItem& item) const {
        bool out = false;
        std::vector<RuleValue> values;
        for (RuleValue& value : item.values) {
            std::optional<Names> names;
            if (value.kind == RuleValue::Kind::field &&
                step.fits_field(value.string, item.applied, context)) {
                names = map(value.string);
            }
            if (!names || !context.make(names->size(), 0)) {
                values.push_back(std::move(value));
                continue;
            }
            out = true;
            for (const std::string& name : *names) {
                values.push_back(value);
                values.back().string = name;
                values.back().is_path = true;
            }
        }
        item.values = std::move(values);
        return out;
    }

    void change_carried(const ProcessingStep& step, ProcessingContext& context) const {
        for (CarriedField& field : context.rule.carried) {
            std::vector<CarriedField::Name> out;
            for (CarriedField::Name& name : field.names) {
                const std::optional<Names> names = step.fits_field(name.name, name.applied, context)
                                                       ? map(name.name)
                                                       : std::nullopt;
                if (!names || !context.make(names->size(), 0)) {
                    out.push_back(std::move(name));
                    continue;
                }
                note(name.applied, step.id);
                for (const std::string& mapped : *names) {
                    out.push_back({mapped, true, name.applied});
                }
            }
            field.names = std::move(out);
        }
    }
};

std::optional<Names> find(const Mapping& mapping, const std::string& field) {
    const auto found = std::find_if(
        mapping.begin(), mapping.end(), [&](const auto& entry) { return entry.first == field; });
    return found == mapping.end() ? std::nullopt : std::optional(found->second);
}

class FieldMapping final : public NameTransformation {
public:
    explicit FieldMapping(Mapping mapping) : mapping_(std::move(mapping)) {
        for (auto& [from, to] : mapping_) {
            std::erase(from, ' ');  // as rules' names are (F1)
        }
    }

protected:
    [[nodiscard]] std::optional<Names> map(const std::string& field) const override {
        return find(mapping_, field);
    }

private:
    Mapping mapping_;
};

class PrefixMapping final : public NameTransformation {
public:
    explicit PrefixMapping(Mapping mapping) : mapping_(std::move(mapping)) {}

protected:
    [[nodiscard]] std::optional<Names> map(const std::string& field) const override {
        for (const auto& [prefix, to] : mapping_) {
            if (field.starts_with(prefix)) {
                Names out;
                for (const std::string& name : to) {
                    out.push_back(name + field.substr(prefix.size()));
                }
                return out;
            }
        }
        return std::nullopt;
    }

private:
    Mapping mapping_;
};

class Affix final : public NameTransformation {
public:
    Affix(std::string prefix, std::string suffix)
        : prefix_(std::move(prefix)), suffix_(std::move(suffix)) {}

protected:
    [[nodiscard]] std::optional<Names> map(const std::string& field) const override {
        return Names{prefix_ + field + suffix_};
    }

private:
    std::string prefix_;
    std::string suffix_;
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// CommandLine -> command_line, EventID -> event_id
std::string snake_case(const std::string& name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool is_upper = lower(name[i]) != name[i];
        const bool after_lower =
            i > 0 && lower(name[i - 1]) == name[i - 1] && name[i - 1] != '_' && name[i - 1] != '.';
        const bool before_lower = i > 0 && i + 1 < name.size() && name[i - 1] != '_' &&
                                  name[i - 1] != '.' && upper(name[i + 1]) != name[i + 1];
        if (is_upper && (after_lower || before_lower)) {
            out += '_';
        }
        out += lower(name[i]);
    }
    return out;
}

// EventId, event_id -> Event Id is none of a name: words are joined.
std::string title_case(const std::string& name) {
    std::string out;
    bool is_first = true;
    for (const char c : name) {
        const bool is_letter = lower(c) != upper(c);
        out += is_letter && is_first ? upper(c) : lower(c);
        is_first = !is_letter;
    }
    return out;
}

class NameCase final : public NameTransformation {
public:
    NameCase(std::string method, Mapping mapping)
        : method_(std::move(method)), mapping_(std::move(mapping)) {}

protected:
    [[nodiscard]] std::optional<Names> map(const std::string& field) const override {
        if (auto given = find(mapping_, field)) {
            return given;
        }
        if (method_ == "snake_case") {
            return Names{snake_case(field)};
        }
        if (method_ == "title") {
            return Names{title_case(field)};
        }
        std::string out = field;
        std::transform(out.begin(), out.end(), out.begin(), method_ == "upper" ? upper : lower);
        return Names{out};
    }

private:
    std::string method_;
    Mapping mapping_;
};

}  // namespace

MadeTransformation make_field_transformation(std::string_view type, Parameters& in) {
    if (type == "field_name_mapping") {
        return std::make_unique<FieldMapping>(in.mapping("mapping"));
    }
    if (type == "field_name_prefix_mapping") {
        return std::make_unique<PrefixMapping>(in.mapping("mapping"));
    }
    if (type == "field_name_prefix") {
        return std::make_unique<Affix>(in.text("prefix", true), std::string());
    }
    if (type == "field_name_suffix") {
        return std::make_unique<Affix>(std::string(), in.text("suffix", true));
    }
    if (type == "field_name_transform") {
        std::string method =
            in.one_of("transform_func", {"lower", "upper", "title", "snake_case"}, "lower");
        Mapping mapping;
        if (in.member("mapping") != nullptr) {
            mapping = in.mapping("mapping");
        }
        return std::make_unique<NameCase>(std::move(method), std::move(mapping));
    }
    return nullptr;
}

}  // namespace spoor::sigma
