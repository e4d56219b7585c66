// The condition grammar against a second reader, written from docs/sigma-semantics.md C1-C3 alone:
// both take the same texts, and mean the same by them for every choice of selections that hold.
#include "base/assert.hpp"
#include "sigma/condition.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace spoor;
using sigma::ConditionNode;

namespace {

constexpr std::array<std::string_view, 6> names = {"a", "b", "ab", "_c", "sel-1", "x.y"};
using Truth = std::uint32_t;  // bit i: names[i] holds

constexpr std::string_view word_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*";

// Words, and all other characters but white space by themselves.
std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> out;
    bool in_word = false;
    for (const char c : text) {
        const bool is_word = word_characters.find(c) != std::string_view::npos;
        if (is_word && in_word) {
            out.back() += c;
        } else if (is_word || std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
            out.emplace_back(1, c);
        }
        in_word = is_word;
    }
    return out;
}

std::string lower(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

bool fits(std::string_view name, std::string_view pattern) {
    if (pattern.empty()) {
        return name.empty();
    }
    if (pattern.starts_with("**")) {
        return fits(name, pattern.substr(1));  // the same, without each split between them
    }
    if (pattern[0] == '*') {
        return fits(name, pattern.substr(1)) || (!name.empty() && fits(name.substr(1), pattern));
    }
    return !name.empty() && name[0] == pattern[0] && fits(name.substr(1), pattern.substr(1));
}

// Reads and evaluates at once.
class SlowReader {
public:
    SlowReader(const std::vector<std::string>& tokens, Truth truth)
        : tokens_(tokens), truth_(truth) {}

    // Nothing: refused.
    std::optional<bool> read() {
        const bool out = either();
        return good_ && next_ == tokens_.size() ? std::optional(out) : std::nullopt;
    }

private:
    [[nodiscard]] std::string token(std::size_t ahead = 0) const {
        return next_ + ahead < tokens_.size() ? tokens_[next_ + ahead] : std::string();
    }

    bool skip(std::string_view word) {
        const bool is_it = lower(token()) == word;
        next_ += is_it ? 1U : 0U;
        return is_it;
    }

    bool either() {
        bool out = both();
        while (good_ && skip("or")) {
            out = both() || out;
        }
        return out;
    }

    bool both() {
        bool out = negated();
        while (good_ && skip("and")) {
            out = negated() && out;
        }
        return out;
    }

    bool negated() {
        if (skip("not")) {
            return !negated();
        }
        if (skip("(")) {
            const bool out = either();
            good_ = good_ && skip(")");
            return out;
        }
        const std::string first = lower(token());
        if ((first == "1" || first == "any" || first == "all") && lower(token(1)) == "of") {
            next_ += 2;
            return quantified(first == "all");
        }
        return name();
    }

    bool quantified(bool all) {
        const std::string pattern = token();
        const bool is_them = lower(pattern) == "them";
        if (!is_them && pattern.find('*') == std::string::npos) {
            return name();
        }
        ++next_;
        std::size_t num_fitting = 0;
        std::size_t num_holding = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (is_them ? names[i][0] != '_' : fits(names[i], pattern)) {
                ++num_fitting;
                num_holding += truth_ >> i & 1U;
            }
        }
        good_ = good_ && num_fitting > 0;
        return all ? num_holding == num_fitting : num_holding > 0;
    }

    bool name() {
        const auto* const found = std::find(names.begin(), names.end(), token());
        ++next_;
        if (found == names.end()) {
            good_ = false;
            return false;
        }
        return (truth_ >> (found - names.begin()) & 1U) != 0;
    }

    const std::vector<std::string>& tokens_;
    Truth truth_;
    std::size_t next_ = 0;
    bool good_ = true;
};

bool holds(const ConditionNode& node, Truth truth) {
    const auto child = [truth](const ConditionNode& one) { return holds(one, truth); };
    switch (node.kind) {
        case ConditionNode::Kind::name:
            return (truth >> node.name & 1U) != 0;
        case ConditionNode::Kind::all:
            return std::all_of(node.children.begin(), node.children.end(), child);
        case ConditionNode::Kind::any:
            return std::any_of(node.children.begin(), node.children.end(), child);
        case ConditionNode::Kind::negate:
            return std::none_of(node.children.begin(), node.children.end(), child);
    }
    return false;
}

// Below what the reader of rules takes at most.
bool is_shallow(const std::vector<std::string>& tokens) {
    constexpr std::ptrdiff_t most = 40;
    return std::count_if(tokens.begin(), tokens.end(), [](const std::string& t) {
               return t == "(" || lower(t) == "not";
           }) < most;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest = 1024;
    const std::string text(reinterpret_cast<const char*>(data), std::min(size, longest));
    const std::vector<std::string> tokens = tokens_of(text);
    if (!is_shallow(tokens)) {
        return 0;
    }
    Diagnostics diagnostics;
    const sigma::YamlFile file("f.yml", text);
    sigma::Report report(file, diagnostics);
    sigma::ConditionNames known;
    known.names.assign(names.begin(), names.end());
    std::vector<bool> used(names.size());
    ConditionNode tree;
    const bool good = read_condition(text, {}, known, report, tree, used);
    SPOOR_ASSERT(good == !report.failed(), "what is refused is told");
    for (Truth truth = 0; truth < Truth{1} << names.size(); ++truth) {
        const std::optional<bool> expected = SlowReader(tokens, truth).read();
        SPOOR_ASSERT(expected.has_value() == good, "both take the text, or neither");
        if (!good) {
            break;
        }
        SPOOR_ASSERT(holds(tree, truth) == *expected, "both mean the same");
    }
    return 0;
}
