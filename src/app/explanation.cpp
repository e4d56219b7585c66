#include "app/explanation.hpp"

#include "store/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

namespace spoor::app {

namespace {

using Kind = sigma::Expression::Kind;

constexpr std::size_t max_value = 200;    // bytes of a value that are shown
constexpr std::size_t max_children = 12;  // of a list of which none is of interest
constexpr std::size_t never = std::numeric_limits<std::size_t>::max() / 4;

std::string shown(std::string_view value) {
    const bool cut = value.size() > max_value;
    return "'" + store::printable(value.substr(0, max_value)) + (cut ? "'..." : "'");
}

std::string_view sign_of(sigma::Compare compare) {
    switch (compare) {
        case sigma::Compare::equal:
            return "";
        case sigma::Compare::less:
            return "|lt";
        case sigma::Compare::less_equal:
            return "|lte";
        case sigma::Compare::greater:
            return "|gt";
        case sigma::Compare::greater_equal:
            break;
    }
    return "|gte";
}

std::string number_text(const sigma::Number& number) {
    return number.is_integer ? fmt::format("{}", number.integer) : fmt::format("{}", number.real);
}

std::string pattern_text(const sigma::Pattern& pattern) {
    std::string out;
    for (const auto& piece : pattern.pieces) {
        switch (piece.kind) {
            case sigma::Pattern::Kind::text:
                for (const char c : piece.text) {
                    out += c == '*' || c == '?' ? "\\" : "";
                    out += c;
                }
                break;
            case sigma::Pattern::Kind::any:
                out += '*';
                break;
            case sigma::Pattern::Kind::one:
                out += '?';
                break;
        }
    }
    return out;
}

std::string_view part_name(sigma::TimePart part) {
    constexpr std::string_view names[] = {"minute", "hour", "day", "week", "month", "year"};
    return names[static_cast<std::size_t>(part)];
}

std::string_view relation_name(sigma::Relation relation) {
    constexpr std::string_view names[] = {"", "|contains", "|startswith", "|endswith"};
    return names[static_cast<std::size_t>(relation)];
}

std::string network_text(const sigma::Network& network) {
    std::string out;
    for (std::size_t i = 0; i < network.address.size(); i += 2) {
        out += fmt::format(
            "{}{:02x}{:02x}", i == 0 ? "" : ":", network.address[i], network.address[i + 1]);
    }
    constexpr int v4_prefix = 96;
    const auto& a = network.address;
    const bool is_v4 = network.prefix >= v4_prefix && a[10] == 0xFF && a[11] == 0xFF &&
                       std::all_of(a.begin(), a.begin() + 10, [](auto b) { return b == 0; });
    return is_v4 ? fmt::format(
                       "{}.{}.{}.{}/{}", a[12], a[13], a[14], a[15], network.prefix - v4_prefix)
                 : fmt::format("{}/{}", out, network.prefix);
}

class Explaining {
public:
    Explaining(RuleBench& bench, const Event& event, sigma::RuleIndex rule)
        : bench_(bench),
          rules_(bench.engine().rules()),
          event_(event),
          index_(rule),
          rule_(rules_.rules[rule]) {}

    std::string run() {
        header();
        route();
        fields();
        out_ += "\nCondition\n";
        tree(rule_.condition, 1, false);
        const bool holds = is_true(rule_.condition);
        add("\nResult        {}\n",
            holds ? is_routed_ ? "the rule meets the event"
                               : "the condition holds, but the rule is not tried on such events"
                  : "the condition does not hold");
        if (!holds) {
            nearest();
        }
        return std::move(out_);
    }

private:
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    }

    void header() {
        add("Rule          {}\n", store::printable(rule_.meta.title));
        add("              id {}, {}:{}\n",
            store::printable(rule_.meta.id),
            store::printable(rule_.meta.file),
            rule_.meta.line);
        add("Event         host {}, time {}\n",
            event_.host.empty() ? "-" : store::printable(event_.host),
            event_.time == no_time ? "-" : format_time(event_.time));
    }

    // One part of the log source; true: it does not stand in the way.
    bool part(std::string_view name, std::string_view asked, std::string_view has) {
        if (asked.empty()) {
            return true;
        }
        const bool same = asked == has || (name == "category" && asked == "registry_event" &&
                                           has.starts_with("registry_"));
        if (same) {
            add("              {} {}: the event's too\n", name, store::printable(asked));
        } else if (has.empty()) {
            add("              {} {}: the event says none\n", name, store::printable(asked));
        } else {
            add("              {} {}: the event's is {}\n",
                name,
                store::printable(asked),
                store::printable(has));
        }
        return same;
    }

    void route() {
        is_routed_ = bench_.is_routed(event_, index_);
        add("Route         {}\n",
            is_routed_ ? "the rule is tried on this event" : "the rule is not tried on this event");
        part("product", rule_.logsource.product, event_.product);
        part("category", rule_.logsource.category, event_.category);
        part("service", rule_.logsource.service, event_.service);
    }

    void collect_fields(const sigma::Expression& e) {
        if (e.kind == Kind::predicate) {
            const sigma::Predicate& p = rules_.predicates[e.predicate];
            for (const sigma::FieldIndex field : {p.field, p.other}) {
                if (field != sigma::no_field && seen_.insert(field).second) {
                    order_.push_back(field);
                }
            }
        }
        for (const sigma::Expression& child : e.children) {
            collect_fields(child);
        }
    }

    [[nodiscard]] bool is_there(const std::string& path) const {
        const auto& paths = bench_.engine().paths();
        return std::ranges::any_of(event_.captured,
                                   [&](const Captured& c) { return paths[c.path] == path; });
    }

    void fields() {
        collect_fields(rule_.condition);
        out_ += "\nFields\n";
        for (const sigma::FieldIndex field : order_) {
            const sigma::FieldEntry& entry = rules_.fields[field];
            std::vector<std::string> looked;
            std::string found;
            for (const std::string& path : entry.paths) {
                if (is_there(path)) {
                    found = path;
                    break;
                }
                looked.push_back(store::printable(path));
            }
            const std::string name = store::printable(entry.name);
            if (found.empty()) {
                add("  {:<28} not there; looked at {}\n", name, fmt::join(looked, ", "));
                continue;
            }
            add("  {:<28} {}",
                name,
                found == entry.name ? "" : "at " + store::printable(found) + ": ");
            const auto values = bench_.matcher().values(event_, field);
            for (std::size_t i = 0; i < values.size(); ++i) {
                add("{}{}", i == 0 ? "" : ", ", shown(values[i]));
            }
            out_ += values.empty() ? "there, without a value to compare\n" : "\n";
        }
        if (order_.empty()) {
            out_ += "  none: keywords are looked for in all values\n";
        }
    }

    bool holds(sigma::PredicateIndex predicate) {
        return bench_.matcher().holds(event_, predicate);
    }

    bool is_true(const sigma::Expression& e) {
        switch (e.kind) {
            case Kind::predicate:
                return holds(e.predicate);
            case Kind::negate:
                return !is_true(e.children.front());
            case Kind::all:
                return std::ranges::all_of(e.children, [&](const auto& c) { return is_true(c); });
            case Kind::any:
                break;
        }
        return std::ranges::any_of(e.children, [&](const auto& c) { return is_true(c); });
    }

    static std::string_view word_of(Kind kind) {
        return kind == Kind::all ? "all of" : kind == Kind::any ? "any of" : "not";
    }

    void tree(const sigma::Expression& e, int depth, bool in_list) {
        const bool truth = is_true(e);
        add("  {} {:{}}", truth ? "+" : "-", "", static_cast<std::size_t>(depth) * 2 - 2);
        if (e.kind == Kind::predicate) {
            add("{}\n", text_of(rules_.predicates[e.predicate], rules_.fields));
            return;
        }
        const bool one = e.children.size() == 1 && e.kind != Kind::negate;
        if (e.label.empty()) {
            add("{}\n", word_of(e.kind));
        } else {
            add("{}{}\n",
                store::printable(e.label),
                one || in_list ? "" : fmt::format(": {}", word_of(e.kind)));
        }
        // Of a long list those that hold, or the first few.
        std::size_t told = 0;
        std::size_t left_out = 0;
        for (const sigma::Expression& child : e.children) {
            if (e.children.size() > max_children && told >= max_children && !is_true(child)) {
                ++left_out;
                continue;
            }
            ++told;
            tree(child, depth + 1, false);
        }
        if (left_out > 0) {
            add("    {:{}}and {} more, none of which holds\n",
                "",
                static_cast<std::size_t>(depth) * 2,
                left_out);
        }
    }

    // How many predicates would have to be other than they are for `e` to be `wanted`; those are
    // appended to `changed`.
    std::size_t cost(const sigma::Expression& e,
                     bool wanted,
                     std::vector<sigma::PredicateIndex>& changed) {
        if (is_true(e) == wanted) {
            return 0;
        }
        switch (e.kind) {
            case Kind::predicate:
                changed.push_back(e.predicate);
                return 1;
            case Kind::negate:
                return cost(e.children.front(), !wanted, changed);
            case Kind::all:
            case Kind::any:
                break;
        }
        const bool every = (e.kind == Kind::all) == wanted;
        std::size_t best = every ? 0 : never;
        std::vector<sigma::PredicateIndex> best_changed;
        for (const sigma::Expression& child : e.children) {
            std::vector<sigma::PredicateIndex> of_child;
            const std::size_t n = cost(child, wanted, of_child);
            if (every) {
                best += n;
                changed.insert(changed.end(), of_child.begin(), of_child.end());
            } else if (n < best) {
                best = n;
                best_changed = std::move(of_child);
            }
        }
        changed.insert(changed.end(), best_changed.begin(), best_changed.end());
        return best;
    }

    void nearest() {
        std::vector<sigma::PredicateIndex> changed;
        cost(rule_.condition, true, changed);
        if (changed.empty()) {
            return;  // nothing could make it hold
        }
        add("Nearest       {} short of a match:\n",
            changed.size() == 1 ? "one answer" : fmt::format("{} answers", changed.size()));
        for (std::size_t i = 0; i < std::min(changed.size(), max_children); ++i) {
            const sigma::Predicate& p = rules_.predicates[changed[i]];
            add("              {}{}\n", holds(changed[i]) ? "not " : "", text_of(p, rules_.fields));
            if (p.field != sigma::no_field) {
                const auto values = bench_.matcher().values(event_, p.field);
                add("                the event has {}\n",
                    values.empty() ? "no such value" : shown(values.front()));
            }
        }
    }

    RuleBench& bench_;
    const sigma::RuleSet& rules_;
    const Event& event_;
    sigma::RuleIndex index_;
    const sigma::Rule& rule_;
    bool is_routed_ = false;
    std::set<sigma::FieldIndex> seen_;
    std::vector<sigma::FieldIndex> order_;
    std::string out_;
};

}  // namespace

std::string text_of(const sigma::Predicate& p, const sigma::FieldTable& fields) {
    const std::string name =
        p.field == sigma::no_field ? "any value" : store::printable(fields[p.field].name);
    const std::string_view cased = p.cased ? "|cased" : "";
    switch (p.test) {
        case sigma::Test::text:
            return fmt::format("{}{}: {}", name, cased, shown(pattern_text(p.pattern)));
        case sigma::Test::number:
            return fmt::format("{}{}: {}", name, sign_of(p.compare), number_text(p.number));
        case sigma::Test::boolean:
            return fmt::format("{}: {}", name, p.boolean);
        case sigma::Test::null:
            return name + ": null";
        case sigma::Test::exists:
            return name + "|exists: true";
        case sigma::Test::regex:
            return fmt::format("{}|re: {}", name, shown(p.text));
        case sigma::Test::network:
            return fmt::format("{}|cidr: {}", name, network_text(p.network));
        case sigma::Test::field:
            return fmt::format("{}|fieldref{}{}: {}",
                               name,
                               relation_name(p.relation),
                               cased,
                               store::printable(fields[p.other].name));
        case sigma::Test::time:
            break;
    }
    return fmt::format(
        "{}|{}{}: {}", name, part_name(p.part), sign_of(p.compare), number_text(p.number));
}

std::string explain(RuleBench& bench, const Event& event, sigma::RuleIndex rule) {
    return Explaining(bench, event, rule).run();
}

}  // namespace spoor::app
