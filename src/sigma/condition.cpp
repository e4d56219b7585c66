#include "sigma/condition.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace spoor::sigma {

namespace {

constexpr int max_depth = 64;
constexpr std::size_t max_text = std::size_t{4} * 1024 * 1024;

struct Token {
    enum class Kind : std::uint8_t { word, open, close, pipe, other, end };
    Kind kind = Kind::end;
    std::string_view text;
    std::size_t at = 0;
};

bool is_word_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '*';
}

std::vector<Token> tokens_of(std::string_view text) {
    std::vector<Token> out;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        Token::Kind kind = c == '('   ? Token::Kind::open
                           : c == ')' ? Token::Kind::close
                           : c == '|' ? Token::Kind::pipe
                                      : Token::Kind::other;
        if (is_word_character(c)) {
            kind = Token::Kind::word;
            while (end < text.size() && is_word_character(text[end])) {
                ++end;
            }
        }
        // Bytes of one character stay together.
        while (kind == Token::Kind::other && end < text.size() &&
               (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
            ++end;
        }
        out.push_back({kind, text.substr(i, end - i), i});
        i = end;
    }
    out.push_back({Token::Kind::end, {}, text.size()});
    return out;
}

bool is_word(const Token& token, std::string_view word) {
    return token.kind == Token::Kind::word && token.text.size() == word.size() &&
           std::equal(word.begin(), word.end(), token.text.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
}

bool is_any_word(const Token& token, std::initializer_list<std::string_view> words) {
    return std::any_of(
        words.begin(), words.end(), [&](std::string_view w) { return is_word(token, w); });
}

bool is_number(const Token& token) {
    return token.kind == Token::Kind::word &&
           std::all_of(
               token.text.begin(), token.text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class Parser {
public:
    Parser(std::string_view text,
           const YamlPlace& place,
           const ConditionNames& names,
           Report& report,
           std::vector<bool>& used)
        : text_(text),
          place_(place),
          names_(names),
          report_(report),
          used_(used),
          tokens_(tokens_of(text.size() <= max_text ? text : std::string_view())) {}

    bool parse(ConditionNode& out) {
        if (text_.size() > max_text) {
            return fail(tokens_[0], "too-large", "a condition of more than 4 MB");
        }
        if (tokens_.size() == 1) {
            return fail(tokens_[0], "empty-condition", "the condition is empty");
        }
        if (!expression(out, 0)) {
            return false;
        }
        const Token& rest = token();
        if (rest.kind == Token::Kind::close) {
            return fail(rest, "condition-syntax", "this ')' closes nothing");
        }
        return rest.kind == Token::Kind::end ||
               fail(rest,
                    "condition-syntax",
                    fmt::format("'and', 'or' or the end is expected before '{}'", rest.text));
    }

private:
    [[nodiscard]] const Token& token() const { return tokens_[next_]; }

    bool fail(const Token& at, std::string_view code, std::string message, std::string hint = {}) {
        report_.error(code,
                      report_.part(place_, text_, at.at, at.text.size()),
                      std::move(message),
                      std::move(hint));
        return false;
    }

    // Room for more nodes; if not, that is reported at `at`.
    bool take(std::size_t nodes, const Token& at) {
        names_.spent.nodes += nodes;
        return names_.spent.nodes <= max_condition_nodes ||
               fail(at,
                    "too-large",
                    fmt::format("more than {} parts, once all names are written out",
                                max_condition_nodes));
    }

    using Term = bool (Parser::*)(ConditionNode&, int);

    // Terms joined by a word; a single one stands for itself.
    bool joined(
        std::string_view word, ConditionNode::Kind kind, Term term, ConditionNode& out, int depth) {
        if (!(this->*term)(out, depth)) {
            return false;
        }
        if (!is_word(token(), word)) {
            return true;
        }
        ConditionNode first = std::exchange(out, {});
        out.kind = kind;
        out.children.push_back(std::move(first));
        while (is_word(token(), word)) {
            ++next_;
            if (!(this->*term)(out.children.emplace_back(), depth)) {
                return false;
            }
        }
        return true;
    }

    bool expression(ConditionNode& out, int depth) {
        return joined("or", ConditionNode::Kind::any, &Parser::and_term, out, depth);
    }

    bool and_term(ConditionNode& out, int depth) {
        return joined("and", ConditionNode::Kind::all, &Parser::not_term, out, depth);
    }

    bool not_term(ConditionNode& out, int depth) {
        const Token& first = token();
        if (depth >= max_depth) {
            return fail(
                first, "condition-depth", fmt::format("nested deeper than {} levels", max_depth));
        }
        if (is_word(first, "not")) {
            ++next_;
            out.kind = ConditionNode::Kind::negate;
            return not_term(out.children.emplace_back(), depth + 1);
        }
        if (first.kind == Token::Kind::open) {
            ++next_;
            if (!expression(out, depth + 1)) {
                return false;
            }
            if (token().kind != Token::Kind::close) {
                return token().kind == Token::Kind::end
                           ? fail(first, "condition-syntax", "this '(' is not closed")
                           : fail(token(),
                                  "condition-syntax",
                                  fmt::format("'and', 'or' or ')' is expected before '{}'",
                                              token().text));
            }
            ++next_;
            return true;
        }
        if (names_.quantifiers && is_word(tokens_[std::min(next_ + 1, tokens_.size() - 1)], "of") &&
            (is_any_word(first, {"1", "any", "all"}) || is_number(first))) {
            return quantified(out);
        }
        return name(out);
    }

    bool name(ConditionNode& out) {
        const Token& at = token();
        if (at.kind != Token::Kind::word || is_any_word(at, {"and", "or", "of", "not"})) {
            return fail(at,
                        "condition-syntax",
                        at.kind == Token::Kind::end
                            ? fmt::format("the condition ends where a {} is expected", names_.what)
                            : fmt::format("a {} is expected before '{}'", names_.what, at.text));
        }
        ++next_;
        return named(at, out);
    }

    // Nullptr: there is none of that name.
    [[nodiscard]] const std::uint32_t* index_of(std::string_view name) const {
        auto& index = names_.spent.index;
        if (index.empty()) {
            for (std::uint32_t i = 0; i < names_.names.size(); ++i) {
                index.emplace(names_.names[i], i);
            }
        }
        const auto found = index.find(name);
        return found == index.end() ? nullptr : &found->second;
    }

    std::string guess(std::string_view name) {
        return ++names_.spent.guesses <= max_guesses ? did_you_mean(name, names_.names)
                                                     : std::string();
    }

    bool named(const Token& at, ConditionNode& out) {
        const std::uint32_t* const found = index_of(at.text);
        if (found == nullptr) {
            const bool is_pattern = at.text.find('*') != std::string_view::npos;
            return fail(at,
                        "unknown-selection",
                        fmt::format("there is no {} '{}'", names_.what, at.text),
                        is_pattern && names_.quantifiers
                            ? fmt::format("write '1 of {0}' or 'all of {0}'", at.text)
                            : guess(at.text));
        }
        out.kind = ConditionNode::Kind::name;
        out.name = *found;
        used_[out.name] = true;
        return take(1, at);
    }

    bool quantified(ConditionNode& out) {
        const Token& quantifier = token();
        if (!is_any_word(quantifier, {"1", "any", "all"})) {
            return fail(quantifier,
                        "condition-quantifier",
                        fmt::format("'{} of' is not in the language", quantifier.text),
                        "'1 of', 'any of' or 'all of'");
        }
        next_ += 2;
        const Token& over = token();
        if (over.kind != Token::Kind::word) {
            return fail(over,
                        "condition-syntax",
                        "'them', a pattern with '*' or a name is expected behind 'of'");
        }
        ++next_;
        const bool is_them = is_word(over, "them");
        if (!is_them && over.text.find('*') == std::string_view::npos) {
            return named(over, out);
        }
        out.kind = is_word(quantifier, "all") ? ConditionNode::Kind::all : ConditionNode::Kind::any;
        if (!take(1, over) || !collect(is_them, over, out)) {
            return false;
        }
        return !out.children.empty() ||
               fail(over,
                    "unknown-selection",
                    is_them ? std::string("there is no selection for 'them'")
                            : fmt::format("no selection fits '{}'", over.text),
                    is_them ? "names that begin with '_' are left out" : "");
    }

    // C3. False: too many, which is reported.
    bool collect(bool is_them, const Token& over, ConditionNode& out) {
        names_.spent.looks += names_.names.size();
        if (names_.spent.looks > max_names_looked_at) {
            return fail(over, "too-large", "too many patterns over too many names");
        }
        for (std::size_t i = 0; i < names_.names.size(); ++i) {
            if (!(is_them ? !names_.names[i].starts_with('_')
                          : name_fits(names_.names[i], over.text))) {
                continue;
            }
            if (!take(1, over)) {
                return false;
            }
            ConditionNode& child = out.children.emplace_back();
            child.kind = ConditionNode::Kind::name;
            child.name = static_cast<std::uint32_t>(i);
            used_[i] = true;
        }
        return true;
    }

    std::string_view text_;
    const YamlPlace& place_;
    const ConditionNames& names_;
    Report& report_;
    std::vector<bool>& used_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
};

}  // namespace

bool name_fits(std::string_view name, std::string_view pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
        return name == pattern;
    }
    if (!name.starts_with(pattern.substr(0, star))) {
        return false;
    }
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    for (std::size_t next = pattern.find('*'); next != std::string_view::npos;
         next = pattern.find('*')) {
        const std::size_t at = name.find(pattern.substr(0, next));
        if (at == std::string_view::npos) {
            return false;
        }
        name.remove_prefix(at + next);
        pattern.remove_prefix(next + 1);
    }
    return name.ends_with(pattern);
}

bool read_condition(std::string_view text,
                    const YamlPlace& place,
                    const ConditionNames& names,
                    Report& report,
                    ConditionNode& out,
                    std::vector<bool>& used) {
    used.resize(names.names.size());
    return Parser(text, place, names, report, used).parse(out);
}

}  // namespace spoor::sigma
