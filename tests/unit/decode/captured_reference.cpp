#include "captured_reference.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace spoor::decode {

namespace {

using Segments = std::vector<std::string>;

Segments cut(const std::string& path) {
    Segments out{""};
    for (const char c : path) {
        if (c == '.') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

// So many segments of a path are met by the members so far.
struct Way {
    std::size_t path = 0;
    std::size_t met = 0;
};

using Ways = std::vector<Way>;

class Capturing {
public:
    explicit Capturing(const std::vector<std::string>& paths) : paths_(paths) {
        for (const std::string& path : paths) {
            segments_.push_back(cut(path));
        }
    }

    void object(const Value& object, const Ways& ways, const Segments& at) {
        for (const auto& [name, value] : object.members) {
            std::string plain = name;
            std::erase(plain, ' ');
            Segments next = at;
            for (const std::string& segment : cut(name)) {
                next.push_back(segment);
            }
            member(value, along(ways, plain), next);
        }
    }

    Ways all() const {
        Ways ways;
        for (std::size_t i = 0; i < paths_.size(); ++i) {
            ways.push_back({i, 0});
        }
        return ways;
    }

    std::vector<PlainCaptured> out;

private:
    static bool fits(const std::string& segment, const std::string& name) {
        return segment == "*" || segment == name;
    }

    // By the name's dotted parts; if that leads nowhere, as one name to `*`.
    Ways along(const Ways& ways, const std::string& name) const {
        Ways found = ways;
        for (const std::string& part : cut(name)) {
            Ways next;
            for (const Way& way : found) {
                const Segments& path = segments_[way.path];
                if (way.met < path.size() && fits(path[way.met], part)) {
                    next.push_back({way.path, way.met + 1});
                }
            }
            found = next;
        }
        if (found.empty()) {
            for (const Way& way : ways) {
                const Segments& path = segments_[way.path];
                if (way.met < path.size() && path[way.met] == "*") {
                    found.push_back({way.path, way.met + 1});
                }
            }
        }
        return found;
    }

    void put(const Ways& ways, CapturedKind kind, const std::string& text) {
        for (const Way& way : ways) {
            if (way.met == segments_[way.path].size()) {
                out.push_back({paths_[way.path], kind, text});
            }
        }
    }

    void member(const Value& v, const Ways& ways, const Segments& at) {
        if (v.kind == Value::Kind::object) {
            put(ways, CapturedKind::container, "");
        } else if (v.kind == Value::Kind::array) {
            put(ways, v.elements.empty() ? CapturedKind::empty : CapturedKind::container, "");
        }
        value(v, ways, at);
    }

    void value(const Value& v, const Ways& ways, const Segments& at) {
        switch (v.kind) {
            case Value::Kind::object:
                object(v, ways, at);
                break;
            case Value::Kind::array:
                for (const Value& element : v.elements) {
                    if (at == named_list && element.kind == Value::Kind::object) {
                        named_element(element, ways);
                    } else {
                        value(element, ways, at);
                    }
                }
                break;
            case Value::Kind::null:
                put(ways, CapturedKind::null, "");
                break;
            case Value::Kind::yes:
                put(ways, CapturedKind::yes, "true");
                break;
            case Value::Kind::no:
                put(ways, CapturedKind::no, "false");
                break;
            case Value::Kind::number:
                put(ways, CapturedKind::number, v.text);
                break;
            case Value::Kind::text:
                put(ways, CapturedKind::text, v.text);
                break;
        }
    }

    // It is an object with members of its own, and stands for a member of the list's owner.
    void named_element(const Value& element, const Ways& ways) {
        object(element, ways, named_list);
        std::optional<std::string> name;
        std::optional<Value> content;
        for (const auto& [key, v] : element.members) {
            if ((key == "@Name" || key == "Name") && v.kind == Value::Kind::text) {
                name = v.text;
            }
            if ((key == "#text" || key == "Value") &&
                (v.is_scalar() || !content || !content->is_scalar())) {
                content = v;
            }
        }
        if (name) {
            std::erase(*name, ' ');
            Segments at = owner;
            for (const std::string& part : cut(*name)) {
                at.push_back(part);
            }
            Ways there = all();
            for (const std::string& part : owner) {
                there = along(there, part);
            }
            member(content.value_or(Value{}), along(there, *name), at);
        }
    }

    inline static const Segments owner = {"Event", "EventData"};
    inline static const Segments named_list = {"Event", "EventData", "Data"};
    const std::vector<std::string>& paths_;
    std::vector<Segments> segments_;
};

}  // namespace

std::vector<PlainCaptured> reference_capture(const Value& root,
                                             const std::vector<std::string>& paths) {
    Capturing capturing(paths);
    capturing.object(root, capturing.all(), {});
    return std::move(capturing.out);
}

}  // namespace spoor::decode
