// Reads YAML into a plain tree with the place of every key and value: configuration now, rules
// later. The only code that knows the YAML library. Text that a stranger may have written is safe
// to hand in: size, depth and number of nodes are limited; aliases and tags are refused, duplicate
// keys and tabs in the indentation are errors.
//
// Pure functions and values; safe from any thread.
#pragma once

#include "base/diagnostic.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

// Where something is written; line and column from 1, in bytes. The length stays within the line.
struct YamlPlace {
    std::size_t line = 0;
    std::size_t column = 0;
    std::size_t length = 1;
};

struct YamlMember;

struct YamlNode {
    enum class Kind : unsigned char { null, scalar, sequence, mapping };
    Kind kind = Kind::null;
    bool refused =
        false;  // reported already (an alias, what a syntax error cut off): not to be used
    bool quoted = false;  // a scalar in quotes, or a block scalar: text whatever it looks like
    std::string text;     // of a scalar
    std::vector<YamlNode> items;      // of a sequence
    std::vector<YamlMember> members;  // of a mapping, in the order written; keys are unique
    YamlPlace place;

    // The member with this key, or nullptr.
    [[nodiscard]] const YamlMember* find(std::string_view key) const;
};

struct YamlMember {
    std::string key;
    YamlPlace place;  // of the key
    YamlNode value;
};

struct YamlLimits {
    std::size_t max_bytes = std::size_t{1024} * 1024;
    std::size_t max_depth = 32;
    std::size_t max_nodes = 100'000;
    std::size_t max_errors = 200;  // reading stops there
};

// One text with what was read from it. After a syntax error `documents` holds what came before it
// and `complete` is false, so that mistakes further up are still found in the same run.
class YamlFile {
public:
    YamlFile(std::string name, std::string text);

    [[nodiscard]] const std::string& name() const { return name_; }

    [[nodiscard]] const std::string& text() const { return text_; }

    // Without its end; empty when there is no such line.
    [[nodiscard]] std::string_view line(std::size_t number) const;
    [[nodiscard]] YamlPlace place(std::size_t offset, std::size_t length) const;
    // A diagnostic with file, place and snippet filled in.
    [[nodiscard]] Diagnostic diagnostic(Severity severity,
                                        std::string code,
                                        const YamlPlace& place,
                                        std::string message,
                                        std::string hint = {}) const;

    std::vector<YamlNode> documents;
    bool complete = true;
    bool has_lost_keys = false;  // a key was no text: what it holds is not there

private:
    std::string name_;
    std::string text_;  // without byte order mark
    std::vector<std::size_t> line_starts_;
};

// What is wrong goes to `diagnostics`.
[[nodiscard]] YamlFile read_yaml(std::string_view text,
                                 std::string_view name,
                                 const YamlLimits& limits,
                                 Diagnostics& diagnostics);

// True when the value of this key should not be printed: its name speaks of a password, a secret, a
// token or a private key.
[[nodiscard]] bool sounds_secret(std::string_view key);

}  // namespace spoor::config
