// The walk over the tree of a configuration: every key is found in the table, every value read as
// its key asks for. Single values, properties and the walk itself are in read_sections.cpp, lists
// of files and of names in read_lists.cpp. Private to the room. One owner.
#pragma once

#include "config/loading.hpp"
#include "config/substitute.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace spoor::config {

inline constexpr std::size_t max_items = 1000;  // of a list

[[nodiscard]] std::string_view kind_name(YamlNode::Kind kind);
// A guess costs time, and nobody means a key by a page of text.
[[nodiscard]] std::string_view nearest(std::string_view name,
                                       const std::vector<std::string_view>& candidates);

class Reader {
public:
    explicit Reader(Loading& loading) : l_(loading) {}

    void section(const YamlNode& node, const std::string& path);

private:
    void member(const YamlMember& m, const std::string& section);
    void unknown(const YamlMember& m, const std::string& section);
    void value(const Key& key, const YamlMember& m);
    // One scalar into `setting`; false after an error.
    bool scalar(const Key& key, const YamlNode& node, Setting& setting);
    Substituted resolve(const YamlNode& node);
    [[nodiscard]] std::string origin(const YamlPlace& place, const Substituted& s) const;
    void properties(const YamlNode& node);
    void files(const YamlNode& node);
    void text_lists(const Key& key, const YamlNode& node);
    bool file_entry(const YamlNode& node, File& out, bool& hidden);
    // `hidden` becomes true where the text is not to be shown.
    bool plain_text(const YamlNode& node, std::string_view what, std::string& out, bool& hidden);
    void check_property(const YamlMember& m, const std::string& text, bool secret);

    Loading& l_;
};

}  // namespace spoor::config
