#include "app/rule_tests.hpp"

#include "app/rule_bench.hpp"
#include "app/rule_source.hpp"
#include "base/json_writer.hpp"
#include "config/yaml_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace spoor::app {

namespace {

namespace fs = std::filesystem;
using config::YamlNode;

// As of rules, which may be thousands in one file.
config::YamlLimits limits() {
    config::YamlLimits out;
    out.max_bytes = std::size_t{16} * 1024 * 1024;
    out.max_nodes = 1'000'000;
    return out;
}

constexpr std::string_view tests_ending = ".tests.yml";

std::string text_of(const YamlNode* node) {
    return node != nullptr && node->kind == YamlNode::Kind::scalar ? node->text : std::string();
}

const YamlNode* member(const YamlNode& node, std::string_view key) {
    const config::YamlMember* found = node.find(key);
    return found != nullptr ? &found->value : nullptr;
}

// A JSON number, which a plain YAML scalar may be.
bool is_number(std::string_view text) {
    std::size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
    const auto digits = [&] {
        const std::size_t begin = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') {
            ++i;
        }
        return i - begin;
    };
    const std::size_t whole = i;
    if (digits() == 0 || (text[whole] == '0' && i - whole > 1)) {
        return false;
    }
    if (i < text.size() && text[i] == '.') {
        ++i;
        if (digits() == 0) {
            return false;
        }
    }
    return i == text.size();
}

void write_json(const YamlNode& node, JsonWriter& json) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            json.null();
            break;
        case YamlNode::Kind::scalar:
            if (!node.quoted && (node.text == "true" || node.text == "false")) {
                json.value(node.text == "true");
            } else if (!node.quoted && is_number(node.text)) {
                json.raw(node.text);
            } else {
                json.value(std::string_view(node.text));
            }
            break;
        case YamlNode::Kind::sequence:
            json.begin_array();
            for (const YamlNode& item : node.items) {
                write_json(item, json);
            }
            json.end_array();
            break;
        case YamlNode::Kind::mapping:
            json.begin_object();
            for (const config::YamlMember& m : node.members) {
                json.key(m.key);
                write_json(m.value, json);
            }
            json.end_object();
            break;
    }
}

bool is_object(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '{';
}

// a.tests.yml for a.yml; empty: it is no file of rules.
std::string tests_beside(const std::string& path) {
    const fs::path file(path);
    const bool is_yaml = file.extension() == ".yml" || file.extension() == ".yaml";
    if (!is_yaml || path.ends_with(tests_ending)) {
        return {};
    }
    return path.substr(0, path.size() - file.extension().string().size()) +
           std::string(tests_ending);
}

// a.yml for a.tests.yml, or a.yaml if that is there.
std::string rule_beside(const std::string& tests) {
    const std::string stem = tests.substr(0, tests.size() - tests_ending.size());
    std::error_code error;
    const bool is_other = !fs::exists(stem + ".yml", error) && fs::exists(stem + ".yaml", error);
    return stem + (is_other ? ".yaml" : ".yml");
}

class Finder {
public:
    Finder(std::vector<RuleTest>& out, Diagnostics& diagnostics)
        : out_(out), diagnostics_(diagnostics) {}

    void path(const std::string& path) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            file(path);
            const std::string tests = tests_beside(path);
            if (!tests.empty() && fs::exists(tests, error)) {
                file(tests);
            }
            return;
        }
        std::vector<std::string> found;
        for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
             it.increment(error)) {
            const std::string extension = it->path().extension().string();
            if (extension == ".yml" || extension == ".yaml") {
                found.push_back(it->path().string());
            }
        }
        std::ranges::sort(found);
        for (const std::string& one : found) {
            file(one);
        }
    }

private:
    // A file is named twice by `a.yml a.tests.yml`, or by a folder and a file in it.
    void file(const std::string& path) {
        if (!seen_.insert(fs::path(path).lexically_normal().string()).second) {
            return;
        }
        std::ifstream in(path, std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        if (!in.is_open()) {
            Diagnostic d;
            d.code = "unreadable";
            d.message = "the file cannot be read";
            d.file = path;
            diagnostics_.add(std::move(d));
            return;
        }
        const std::string text = std::move(bytes).str();
        const bool is_beside = path.ends_with(tests_ending);
        if (!is_beside && text.find("tests") == std::string::npos) {
            return;  // most rules have none: what is wrong with those, their load says
        }
        const config::YamlFile yaml = config::read_yaml(text, path, limits(), diagnostics_);
        for (const YamlNode& document : yaml.documents) {
            if (member(document, "regression_tests_info") != nullptr) {
                info(yaml, document);
            } else if (is_beside) {
                beside(yaml, document, path);
            } else if (const YamlNode* tests = member(document, "tests")) {
                std::string rule = text_of(member(document, "id"));
                rule = rule.empty() ? text_of(member(document, "name")) : rule;
                rule = rule.empty() ? text_of(member(document, "title")) : rule;
                lists(yaml, *tests, rule, {"match", "miss"});
            }
        }
    }

    // FILE.tests.yml: of the rule it names, else of the one in FILE.
    void beside(const config::YamlFile& yaml, const YamlNode& document, const std::string& path) {
        std::string rule = text_of(member(document, "rule"));
        rule = rule.empty() ? rule_beside(path) : rule;
        lists(yaml, document, rule, {"match", "miss", "rule"});
    }

    void mistake(const config::YamlFile& yaml,
                 const config::YamlPlace& place,
                 std::string message,
                 std::string hint = {}) {
        diagnostics_.add(yaml.diagnostic(
            Severity::error, "bad-tests", place, std::move(message), std::move(hint)));
    }

    void lists(const config::YamlFile& yaml,
               const YamlNode& node,
               const std::string& rule,
               const std::vector<std::string_view>& keys) {
        if (node.refused) {
            return;
        }
        for (const config::YamlMember& m : node.members) {
            if (std::ranges::find(keys, m.key) == keys.end()) {
                const std::string_view near = closest(m.key, keys);
                mistake(yaml,
                        m.place,
                        fmt::format("'{}' is not a key of tests", m.key),
                        near.empty() ? "tests are lists of events at `match` and `miss`"
                                     : fmt::format("did you mean '{}'?", near));
            }
        }
        if (member(node, "match") == nullptr && member(node, "miss") == nullptr) {
            mistake(
                yaml, node.place, "tests without `match` or `miss`", "each is a list of events");
        }
        for (const bool match : {true, false}) {
            if (const YamlNode* list = member(node, match ? "match" : "miss")) {
                events(yaml, *list, rule, match);
            }
        }
    }

    void events(const config::YamlFile& yaml,
                const YamlNode& list,
                const std::string& rule,
                bool match) {
        const char* const key = match ? "match" : "miss";
        if (list.kind != YamlNode::Kind::sequence && !list.refused) {
            mistake(yaml, list.place, fmt::format("'{}' is a list of events", key));
            return;
        }
        std::size_t number = 0;
        for (const YamlNode& event : list.items) {
            RuleTest test;
            test.file = yaml.name();
            test.rule = rule;
            test.name = fmt::format("{} {}", key, ++number);
            test.match = match;
            if (event.refused) {
                continue;
            }
            if (event.kind == YamlNode::Kind::mapping) {
                JsonWriter json(test.event);
                write_json(event, json);
            } else if (event.kind == YamlNode::Kind::scalar && is_object(event.text)) {
                test.event = event.text;
            } else {
                mistake(
                    yaml, event.place, "an event is a section of fields, or a JSON object as text");
                continue;
            }
            out_.push_back(std::move(test));
        }
    }

    void info(const config::YamlFile& yaml, const YamlNode& document) {
        std::string rule;
        if (const YamlNode* rules = member(document, "rule_metadata");
            rules != nullptr && !rules->items.empty()) {
            rule = text_of(member(rules->items.front(), "id"));
        }
        const YamlNode* tests = member(document, "regression_tests_info");
        for (const YamlNode& one : tests->items) {
            RuleTest test;
            test.file = yaml.name();
            test.rule = rule;
            test.name = text_of(member(one, "name"));
            const fs::path events(text_of(member(one, "path")));
            test.events_file =
                (fs::path(yaml.name()).parent_path() / events.stem()).string() + ".json";
            const std::string count = text_of(member(one, "match_count"));
            test.count = count.empty() ? 1 : std::strtoull(count.c_str(), nullptr, 10);
            out_.push_back(std::move(test));
        }
    }

    std::vector<RuleTest>& out_;
    Diagnostics& diagnostics_;
    std::set<std::string> seen_;
};

// The rule that is meant; a path stands for the only rule of that file.
sigma::RuleIndex rule_of(const sigma::RuleSet& rules, const std::string& wanted) {
    const sigma::RuleIndex found = find_rule(rules, wanted);
    if (found != no_rule) {
        return found;
    }
    const auto is_of_file = [&](const sigma::Rule& rule) { return rule.meta.file == wanted; };
    const auto it = std::ranges::find_if(rules.rules, is_of_file);
    if (it == rules.rules.end() || std::ranges::count_if(rules.rules, is_of_file) > 1) {
        return no_rule;
    }
    return static_cast<sigma::RuleIndex>(it - rules.rules.begin());
}

std::string why_not_run(const sigma::RuleSet& rules, const std::string& wanted) {
    const auto in_file = [&](const auto& item) { return item.meta.file == wanted; };
    const auto num = std::ranges::count_if(rules.rules, in_file);
    const auto correlation = std::ranges::find_if(rules.correlations, in_file);
    if (num == 0 && correlation != rules.correlations.end()) {
        return why_no_rule(rules, correlation->meta.title);
    }
    return num > 1 ? wanted + " holds several rules: name one with `rule`"
                   : why_no_rule(rules, wanted);
}

std::string run_count(RuleBench& bench, sigma::RuleIndex rule, const RuleTest& test) {
    const auto events = read_events(test.events_file);
    if (!events) {
        return events.error().detail;
    }
    std::uint64_t matched = 0;
    std::uint64_t unrouted = 0;
    for (const std::string& text : *events) {
        const Event* event = bench.decode(text);
        if (event == nullptr) {
            return "not an event: " + bench.fault();
        }
        if (bench.matcher().matches(*event, rule)) {
            bench.is_routed(*event, rule) ? ++matched : ++unrouted;
        }
    }
    if (matched >= test.count) {
        return {};
    }
    std::string out = fmt::format(
        "{} of {} events match, {} should at least", matched, events->size(), test.count);
    if (unrouted > 0) {
        out += fmt::format("; {} more would, were the rule tried on their log source", unrouted);
    }
    return out;
}

// Tests are often a few fields alone: the log source of such an event is the rule's.
bool says_logsource(const Event& event) {
    return !event.product.empty() || !event.category.empty() || !event.service.empty();
}

std::string text_of(std::string_view product, std::string_view category, std::string_view service) {
    std::string out;
    for (const auto& [name, value] : {std::pair(std::string_view("product"), product),
                                      std::pair(std::string_view("category"), category),
                                      std::pair(std::string_view("service"), service)}) {
        if (!value.empty()) {
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, value);
        }
    }
    return out;
}

std::string run(RuleBench& bench, const RuleTest& test) {
    const sigma::RuleIndex rule = rule_of(bench.engine().rules(), test.rule);
    if (rule == no_rule) {
        return why_not_run(bench.engine().rules(), test.rule);
    }
    if (!test.events_file.empty()) {
        return run_count(bench, rule, test);
    }
    const Event* event = bench.decode(test.event);
    if (event == nullptr) {
        return "not an event: " + bench.fault();
    }
    const bool holds = bench.matcher().matches(*event, rule);
    const bool is_tried = !says_logsource(*event) || bench.is_routed(*event, rule);
    if ((holds && is_tried) == test.match) {
        return {};
    }
    if (!test.match) {
        return "the event must not match, and does";
    }
    const sigma::LogSource& asked = bench.engine().rules().rules[rule].logsource;
    return holds ? fmt::format(
                       "the event must match; the condition holds, but a rule for {} is not "
                       "tried on an event of {}",
                       text_of(asked.product, asked.category, asked.service),
                       text_of(event->product, event->category, event->service))
                 : "the event must match, and does not";
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

}  // namespace

std::vector<std::string> rules_beside(const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    for (const std::string& path : paths) {
        const std::string rule = path.ends_with(tests_ending) ? rule_beside(path) : path;
        if (std::ranges::find(out, rule) == out.end()) {
            out.push_back(rule);
        }
    }
    return out;
}

std::vector<RuleTest> find_rule_tests(const std::vector<std::string>& paths,
                                      Diagnostics& diagnostics) {
    std::vector<RuleTest> out;
    Finder finder(out, diagnostics);
    for (const std::string& path : paths) {
        finder.path(path);
    }
    return out;
}

std::vector<RuleTestResult> run_rule_tests(const std::shared_ptr<const sigma::RuleSet>& rules,
                                           const std::vector<RuleTest>& tests) {
    RuleBench bench(rules, {});
    std::vector<RuleTestResult> out;
    out.reserve(tests.size());
    for (const RuleTest& test : tests) {
        out.push_back({test, run(bench, test)});
    }
    return out;
}

std::string junit_of(const std::vector<RuleTestResult>& results) {
    std::map<std::string, std::vector<const RuleTestResult*>> by_file;
    for (const RuleTestResult& result : results) {
        by_file[result.test.file].push_back(&result);
    }
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    const auto put = std::back_inserter(out);
    for (const auto& [file, of_file] : by_file) {
        const auto failures = std::ranges::count_if(
            of_file, [](const RuleTestResult* r) { return !r->failure.empty(); });
        fmt::format_to(put,
                       "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
                       escaped(file),
                       of_file.size(),
                       failures);
        for (const RuleTestResult* r : of_file) {
            fmt::format_to(put,
                           "    <testcase classname=\"{}\" name=\"{}\"",
                           escaped(r->test.rule),
                           escaped(r->test.name));
            if (r->failure.empty()) {
                out += "/>\n";
            } else {
                fmt::format_to(put, "><failure message=\"{}\"/></testcase>\n", escaped(r->failure));
            }
        }
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

}  // namespace spoor::app
