// Transformations of texts: replaced parts, letter case, placeholders, regular expressions.

#include "sigma/processing_parts.hpp"

#include <fmt/core.h>
#include <re2/re2.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <utility>

namespace spoor::sigma {

namespace {

using Kind = RuleValue::Kind;

class TextTransformation : public Transformation {
public:
    void apply(const ProcessingStep& step, ProcessingContext& context) const override {
        if (context.fields_only) {
            return;
        }
        change_items(step, context, [&](const ItemAt& at) {
            Change out = Change::none;
            std::vector<RuleValue> values;
            for (RuleValue& value : at.node.item.values) {
                if (value.kind == Kind::text && change(context, at.node.item, value, values)) {
                    out = Change::changed;
                } else {
                    values.push_back(std::move(value));
                }
            }
            at.node.item.values = std::move(values);
            return out;
        });
    }

protected:
    // False: `value` stays. Else what it has become was appended.
    [[nodiscard]] virtual bool change(ProcessingContext& context,
                                      const DetectionItem& item,
                                      const RuleValue& value,
                                      std::vector<RuleValue>& out) const = 0;
};

// Bytes of the character at `at`; 1 at the end.
std::size_t character_size(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
        ++end;
    }
    return end - at;
}

// Python's replacement as RE2's; empty where it has none, which is reported.
std::string to_rewrite(const std::string& replacement, const re2::RE2& regex, Parameters& in) {
    std::string out;
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        if (replacement[i] != '\\' || i + 1 == replacement.size()) {
            out += replacement[i] == '\\' ? "\\\\" : std::string(1, replacement[i]);
            continue;
        }
        const char c = replacement[++i];
        const std::size_t close = replacement.find('>', i);
        if (c == 'g' && close != std::string::npos && replacement[i + 1] == '<') {
            const std::string name = replacement.substr(i + 2, close - i - 2);
            const auto& groups = regex.NamedCapturingGroups();
            const auto group = groups.find(name);
            out += "\\" + (group == groups.end() ? name : std::to_string(group->second));
            i = close;
        } else if (c >= '0' && c <= '9') {
            out += std::string("\\") + c;
        } else {
            out += c == '\\' ? "\\\\" : std::string("\\\\") + c;
        }
    }
    std::string fault;
    if (regex.ok() && !regex.CheckRewriteString(out, &fault)) {
        in.report().error("bad-replacement", in.place(), "'replacement' is not valid: " + fault);
    }
    return out;
}

class ReplaceString final : public TextTransformation {
public:
    explicit ReplaceString(Parameters& in)
        : regex_(in.regex("regex", false)),
          skip_special_(in.flag("skip_special")),
          interpret_(in.flag("interpret_special")) {
        if (in.member("replacement") == nullptr) {
            in.missing("replacement");
        }
        rewrite_ = to_rewrite(in.text("replacement", false), *regex_, in);
    }

protected:
    [[nodiscard]] bool change(ProcessingContext&,
                              const DetectionItem&,
                              const RuleValue& value,
                              std::vector<RuleValue>& out) const override {
        RuleValue made = value;
        made.text = skip_special_ ? in_parts(value.text) : in_whole(value.text);
        if (made.text == value.text) {
            return false;
        }
        out.push_back(std::move(made));
        return true;
    }

private:
    // Texts between wildcards, each by itself.
    [[nodiscard]] Text in_parts(const Text& text) const {
        Text out;
        for (const TextPart& part : text) {
            if (part.kind != TextPart::Kind::text) {
                append(out, part);
                continue;
            }
            std::string replaced = part.text;
            RE2::GlobalReplace(&replaced, *regex_, rewrite_);
            for (const TextPart& p : interpret_ ? parse(replaced) : plain_text(replaced)) {
                append(out, p);
            }
        }
        return out;
    }

    // What a replacement says: wildcards count, and backslashes before them.
    static Text parse(const std::string& text) {
        std::string escaped;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool escapes = i + 1 < text.size() && (text[i + 1] == '*' || text[i + 1] == '?');
            escaped += text[i];
            if (text[i] == '\\') {
                if (escapes) {
                    escaped += text[++i];
                } else {
                    escaped += '\\';
                }
            }
        }
        return read_text(escaped, true);
    }

    // The value as a rule spells it, wildcards included. What no match touches stays as it is.
    [[nodiscard]] Text in_whole(const Text& text) const {
        std::string spelled;
        std::vector<std::pair<std::size_t, TextPart>> places;  // where each part or byte begins
        for (const TextPart& part : text) {
            if (part.kind != TextPart::Kind::text) {
                places.emplace_back(spelled.size(), part);
                spelled += part.kind == TextPart::Kind::any   ? "*"
                           : part.kind == TextPart::Kind::one ? "?"
                                                              : "%" + part.text + "%";
                continue;
            }
            for (const char c : part.text) {
                places.emplace_back(spelled.size(),
                                    TextPart{TextPart::Kind::text, std::string(1, c)});
                spelled += c == '*' || c == '?' ? std::string("\\") + c : std::string(1, c);
            }
        }
        Text out;
        const re2::StringPiece whole(spelled);
        std::vector<re2::StringPiece> groups(
            static_cast<std::size_t>(regex_->NumberOfCapturingGroups()) + 1);
        std::size_t kept = 0;  // into places
        const auto keep_until = [&](std::size_t end) {
            for (; kept < places.size() && places[kept].first < end; ++kept) {
                append(out, places[kept].second);
            }
        };
        const auto skip_until = [&](std::size_t end) {
            while (kept < places.size() && places[kept].first < end) {
                ++kept;
            }
        };
        for (std::size_t at = 0; at <= spelled.size();) {
            if (!regex_->Match(whole,
                               at,
                               spelled.size(),
                               RE2::UNANCHORED,
                               groups.data(),
                               static_cast<int>(groups.size()))) {
                break;
            }
            const auto begin = static_cast<std::size_t>(groups[0].data() - spelled.data());
            const std::size_t end = begin + groups[0].size();
            keep_until(begin);
            std::string replaced;
            regex_->Rewrite(&replaced, rewrite_, groups.data(), static_cast<int>(groups.size()));
            for (const TextPart& p : parse(replaced)) {
                append(out, p);
            }
            skip_until(end);
            at = end > begin ? end : end + character_size(spelled, end);
        }
        keep_until(spelled.size() + 1);
        return out;
    }

    Regex regex_;
    std::string rewrite_;
    bool skip_special_;
    bool interpret_;
};

class LetterCase final : public TextTransformation {
public:
    explicit LetterCase(std::string method) : method_(std::move(method)) {}

protected:
    [[nodiscard]] bool change(ProcessingContext&,
                              const DetectionItem&,
                              const RuleValue& value,
                              std::vector<RuleValue>& out) const override {
        out.push_back(value);
        for (TextPart& part : out.back().text) {
            if (part.kind == TextPart::Kind::text) {
                part.text = changed(part.text);
            }
        }
        return true;
    }

private:
    // As Python's str.lower() and upper(): all scripts, lengths may change, no language is asked.
    [[nodiscard]] std::string changed(const std::string& text) const {
        icu::UnicodeString all =
            icu::UnicodeString::fromUTF8(method_ == "snake_case" ? with_underscores(text) : text);
        std::string out;
        const icu::Locale& root = icu::Locale::getRoot();
        (method_ == "upper" ? all.toUpper(root) : all.toLower(root)).toUTF8String(out);
        return out;
    }

    static std::string with_underscores(const std::string& text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] >= 'A' && text[i] <= 'Z' && i > 0 && text[i - 1] >= 'a' &&
                text[i - 1] <= 'z') {
                out += '_';
            }
            out += text[i];
        }
        return out;
    }

    std::string method_;
};

// A text as the regular expression that meets the same values.
class ToRegex final : public TextTransformation {
public:
    explicit ToRegex(bool ignore_case) : ignore_case_(ignore_case) {}

protected:
    [[nodiscard]] bool change(ProcessingContext& context,
                              const DetectionItem& item,
                              const RuleValue& value,
                              std::vector<RuleValue>& out) const override {
        if (value.text.empty() || has_placeholder(value.text)) {
            return false;
        }
        std::string pattern;
        for (const TextPart& part : value.text) {
            pattern += part.kind == TextPart::Kind::any   ? ".*"
                       : part.kind == TextPart::Kind::one ? "."
                                                          : RE2::QuoteMeta(part.text);
        }
        std::string offending;
        if (const std::string fault = regex_fault(pattern, offending); !fault.empty()) {
            context.rule.report.error(
                "bad-regex",
                value.place,
                fmt::format("a pipeline's regular expression of this value: {}", fault));
            return false;
        }
        const bool is_whole = !item.is_keyword || value.relation != Relation::equal;  // D2
        out.push_back(value);
        out.back().kind = Kind::regex;
        out.back().string =
            (ignore_case_ ? "(?is)" : "(?s)") + (is_whole ? "\\A" + pattern + "\\z" : pattern);
        return true;
    }

private:
    bool ignore_case_;
};

// Placeholders that earlier steps have left (M15): their values, or any text.
class FillPlaceholders final : public TextTransformation {
public:
    FillPlaceholders(Parameters& in, bool with_wildcards)
        : with_wildcards_(with_wildcards),
          include_(in.texts("include")),
          exclude_(in.texts("exclude")) {
        if (include_ && exclude_) {
            in.report().error("bad-step", in.place(), "'include' and 'exclude' do not go together");
        }
    }

protected:
    [[nodiscard]] bool change(ProcessingContext& context,
                              const DetectionItem&,
                              const RuleValue& value,
                              std::vector<RuleValue>& out) const override {
        Placeholders meant;
        for (const TextPart& part : value.text) {
            if (part.kind != TextPart::Kind::placeholder || !takes(part.text)) {
                continue;
            }
            if (with_wildcards_) {
                meant[part.text] = {"*"};
            } else if (const auto var = context.vars.find(part.text); var != context.vars.end()) {
                meant.insert(*var);
            }
        }
        std::vector<Text> texts;
        if (meant.empty()) {
            return false;
        }
        if (!expand_placeholders(value.text, meant, texts)) {
            context.rule.report.error(
                "too-many-values",
                value.place,
                fmt::format("the placeholders make more than {} values, or {} MB",
                            max_expansions,
                            max_made_bytes / 1024 / 1024));
            return false;
        }
        if (!context.make(texts.size(), bytes_of(texts))) {
            return false;
        }
        for (Text& text : texts) {
            out.push_back(value);
            out.back().text = std::move(text);
        }
        return true;
    }

private:
    [[nodiscard]] bool takes(const std::string& name) const {
        const auto has = [&](const std::vector<std::string>& list) {
            return std::find(list.begin(), list.end(), name) != list.end();
        };
        return (!include_ || has(*include_)) && (!exclude_ || !has(*exclude_));
    }

    bool with_wildcards_;
    std::optional<std::vector<std::string>> include_;
    std::optional<std::vector<std::string>> exclude_;
};

}  // namespace

MadeTransformation make_text_transformation(std::string_view type, Parameters& in) {
    if (type == "replace_string") {
        return std::make_unique<ReplaceString>(in);
    }
    if (type == "case") {
        return std::make_unique<LetterCase>(
            in.one_of("method", {"lower", "upper", "snake_case"}, "lower"));
    }
    if (type == "regex") {
        return std::make_unique<ToRegex>(
            in.one_of("method",
                      {"plain", "ignore_case_flag", "ignore_case_brackets"},
                      "ignore_case_brackets") != "plain");
    }
    if (type == "value_placeholders" || type == "wildcard_placeholders") {
        return std::make_unique<FillPlaceholders>(in, type == "wildcard_placeholders");
    }
    return nullptr;
}

}  // namespace spoor::sigma
