// Decoder against the reference decoder over made-up texts: every path of the mapping, nested,
// dotted or mixed, in any order and number, with values of every kind.
#include "base/json_writer.hpp"
#include "base/random.hpp"
#include "decode/mapping.hpp"
#include "decode_fixture.hpp"
#include "reference_decoder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spoor::decode {
namespace {

// What values are drawn from: JSON, chosen so that each rule is met often.
constexpr std::string_view values[] = {
    "null",
    "true",
    "false",
    "0",
    "1",
    "3",
    "12",
    "22",
    "4624",
    "4625",
    "4663",
    "4672",
    "4688",
    "4728",
    "7045",
    "4104",
    "-5",
    "4624.0",
    "1.5",
    "0.25",
    "1e3",
    "9223372036854775807",
    "18446744073709551615",
    "123456789012345678901234567890",
    "0.1234567890123456789",
    "1331901000.25",
    "1331901000123",
    "1331901000123456789",
    R"("")",
    R"("-")",
    R"(".")",
    R"("host")",
    R"("user")",
    R"("simulation")",
    R"("Security")",
    R"("security")",
    R"("System")",
    R"("Microsoft-Windows-Sysmon/Operational")",
    R"("Microsoft-Windows-Security-Auditing")",
    R"("0x1f4")",
    R"("0x")",
    R"("0x-1")",
    R"("4624")",
    R"("4688")",
    R"("C:\\Windows\\cmd.exe")",
    R"("/bin/sh")",
    R"("/a.b/c")",
    R"("no_slash.txt")",
    R"("x\\")",
    R"("2025-06-03T12:00:00")",
    R"("2025-06-03 12:00:00.123")",
    R"("2099-01-01T00:00:00Z")",
    R"("1331901000")",
    R"(" Srv.X. ")",
    R"("WS1")",
    R"("ws1.")",
    R"("::ffff:1.2.3.4")",
    R"("::ffff:abcd")",
    R"("10.0.0.1")",
    R"("process")",
    R"("network")",
    R"("authentication")",
    R"("file")",
    R"("registry")",
    R"("start")",
    R"("end")",
    R"("error")",
    R"("creation")",
    R"("windows")",
    R"("linux")",
    R"("File")",
    R"("Key")",
    R"("CreateKey")",
    R"("DeleteValue")",
    R"("created")",
    R"("terminated")",
    R"("network_connection")",
    R"("caf\u00e9 \"q\" \ud83d\ude00 \n")",
    "[]",
    "{}",
    R"(["a","b"])",
    R"([["deep"]])",
    R"([null,"x"])",
    R"([{"name":"in list"}])",
    R"({"name":"nested"})",
    R"({"#text":4688})",
    R"([{"@Name":"Image","#text":"C:\\a.exe"},{"@Name":"ProcessId","#text":"7"},{"Name":"User","Value":null}])",
};

// More than rapidcheck's default of 100 cases, unless the environment says how many.
const bool has_params = setenv("RC_PARAMS", "max_success=3000", 0) == 0;

struct Member {
    std::string path;
    std::uint32_t dots = 0;  // bit i: the i-th dot stays a dot
    std::string value;
};

// Found by rapidcheck, which prints counterexamples with it.
[[maybe_unused]] void showValue(const Member& m, std::ostream& out) {
    out << m.path << '/' << m.dots << '=' << m.value;
}

std::string as_json(const std::string& text) {
    std::string out;
    JsonWriter(out).value(std::string_view(text));
    return out;
}

std::string member_text(const Member& m) {
    std::string out;
    std::string key;
    int open = 0;
    std::uint32_t dot = 0;
    for (const char c : m.path) {
        if (c == '.' && (m.dots >> dot++ & 1U) == 0) {
            out += as_json(key) + ": {";
            key.clear();
            ++open;
        } else {
            key += c;
        }
    }
    return out + as_json(key) + ":" + m.value + std::string(static_cast<std::size_t>(open), '}');
}

std::string text_of(const std::vector<Member>& members) {
    std::string out = "{";
    for (const Member& m : members) {
        out += (out.size() > 1 ? ", " : " ") + member_text(m);
    }
    return out + " }";
}

bool is_digit_at(const std::string& text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// A digit, an 'e', perhaps a sign, and three digits or more.
bool has_long_exponent(const std::string& text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if ((text[i] == 'e' || text[i] == 'E') && is_digit_at(text, i - 1)) {
            const bool sign = i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-');
            const std::size_t first = i + (sign ? 2 : 1);
            if (is_digit_at(text, first) && is_digit_at(text, first + 1) &&
                is_digit_at(text, first + 2)) {
                return true;
            }
        }
    }
    return false;
}

rc::Gen<Member> member_gen() {
    std::vector<std::string> paths = {
        "unknown", "x.y", "host.", "", ".host", "Event.EventData.Data"};
    for (const Row& row : rows()) {
        paths.push_back(row.path);
    }
    const std::vector<std::string> all_values(std::begin(values), std::end(values));
    return rc::gen::construct<Member>(rc::gen::elementOf(paths),
                                      rc::gen::inRange<std::uint32_t>(0, 16),
                                      rc::gen::elementOf(all_values));
}

// Without the fields that only detectors of behaviour look at, an event is the same.
void expect_same_origin(const Event& full,
                        const std::string& text,
                        Timestamp record_time,
                        const Options& options) {
    static const auto lean =
        std::make_shared<WatchedPaths>(std::vector<std::string>{}, WatchedPaths::Fields::of_origin);
    Bench bench(options, lean);
    const Event& event = bench.decode(text, record_time).at(0);
    RC_ASSERT(event.shape == full.shape);
    RC_ASSERT(event.host == full.host);
    RC_ASSERT(event.time == full.time);
    RC_ASSERT(event.time_origin == full.time_origin);
    RC_ASSERT(event.is_simulated == full.is_simulated);
    RC_ASSERT(event.product == full.product);
    RC_ASSERT(event.category == full.category);
    RC_ASSERT(event.service == full.service);
}

void expect_same(Bench& bench,
                 const std::string& text,
                 Timestamp record_time,
                 const Options& options) {
    const auto expected = reference_decode(text, record_time, options);
    const auto& events = bench.decode(text, record_time);
    RC_ASSERT(expected.has_value() == !events.empty());
    if (expected) {
        RC_ASSERT(plain(events[0]).to_json() == expected->to_json());
        RC_ASSERT(bench.host_key(text) == expected->host_key);
        expect_same_origin(events[0], text, record_time, options);
    }
}

Options some_options() {
    Options options;
    options.zone_offset = std::chrono::hours{-7};
    return options;
}

TEST(DecodeProperty, DecoderIsTheReferenceDecoder) {
    ASSERT_TRUE(has_params);
    const Options options = some_options();
    Bench bench(options);
    const Timestamp record_time = parse_time("2026-01-01T00:00:00Z").value();
    EXPECT_TRUE(rc::check([&] {
        const auto members = *rc::gen::container<std::vector<Member>>(member_gen());
        const bool has_record_time = *rc::gen::arbitrary<bool>();
        expect_same(bench, text_of(members), has_record_time ? record_time : no_time, options);
    }));
}

// Denser than chance: messages as sources write them, with some values replaced.
const std::vector<std::vector<Member>>& templates() {
    static const std::vector<std::vector<Member>> all = {
        {{"entity", 0, R"("host1")"},
         {"network_traffic_volume_mean", 0, "0.42"},
         {"cpu_usage_mean", 0, "0.1234567890123456"},
         {"disk_io", 0, "0.3"},
         {"timestamp", 0, R"("2025-06-03T12:00:00.123456")"}},
        {{"timestamp", 0, R"("2025-06-03T12:00:00")"},
         {"source.type", 0, R"("simulation")"},
         {"is_simulated", 0, "true"},
         {"event_type", 0, R"("process")"},
         {"action", 0, R"("created")"},
         {"entity", 0, R"("u")"},
         {"entity_type", 0, R"("user")"},
         {"host", 0, R"("h2")"},
         {"process_path", 0, R"("C:\\x.exe")"}},
        {{"EventID", 0, "4688"},
         {"Channel", 0, R"("Security")"},
         {"Hostname", 0, R"("WS1")"},
         {"NewProcessName", 0, R"("C:\\Windows\\cmd.exe")"},
         {"ProcessId", 0, R"("0x1f4")"},
         {"NewProcessId", 0, R"("0x2")"},
         {"SubjectUserName", 0, R"("al")"},
         {"TargetUserName", 0, R"("-")"}},
        {{"EventID", 0, "4728"},
         {"Channel", 0, R"("security")"},
         {"Computer", 0, R"("DC")"},
         {"TargetUserName", 0, R"("admins")"},
         {"MemberName", 0, R"("bob")"},
         {"SubjectUserName", 0, R"("eve")"}},
        {{"Event.System.EventID", 0, "12"},
         {"Event.System.Channel", 0, R"("Microsoft-Windows-Sysmon/Operational")"},
         {"Event.System.Computer", 0, R"("PC.")"},
         {"Event.EventData.EventType", 0, R"("CreateKey")"},
         {"Event.EventData.TargetObject", 0, R"("HKU\\x")"}},
        {{"winlog.channel", 0, R"("Security")"},
         {"winlog.computer_name", 0, R"("DC1")"},
         {"winlog.event_data.ObjectType", 0, R"("File")"},
         {"winlog.event_data.ObjectName", 0, R"("C:\\a\\b.txt")"},
         {"event.code", 0, R"("4663")"},
         {"event.category", 0, R"(["file"])"},
         {"host.name", 0, R"("collector")"}},
        {{"ecs.version", 0, R"("8.0")"},
         {"@timestamp", 0, R"("2024-01-02T03:04:05Z")"},
         {"event.category", 0, R"(["network"])"},
         {"event.type", 0, R"(["start"])"},
         {"host.name", 0, R"("web")"},
         {"dns.question.name", 0, R"("example.org")"},
         {"host.os.type", 0, R"("linux")"}},
    };
    return all;
}

TEST(DecodeProperty, AlsoOnMessagesOfEachShapeWithChanges) {
    const Options options = some_options();
    Bench bench(options);
    EXPECT_TRUE(rc::check([&] {
        auto members = *rc::gen::elementOf(templates());
        for (Member& m : members) {
            m.dots = *rc::gen::inRange<std::uint32_t>(0, 8);
        }
        const auto extra = *rc::gen::container<std::vector<Member>>(member_gen());
        for (std::size_t i = 0; i < extra.size() && i < 4; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, members.size() + 1);
            if (at < members.size() && *rc::gen::arbitrary<bool>()) {
                members[at].value = extra[i].value;  // another value of a known path
            } else {
                members.insert(members.begin() + static_cast<std::ptrdiff_t>(at), extra[i]);
            }
        }
        expect_same(bench, text_of(members), no_time, options);
    }));
}

TEST(DecodeProperty, TakesAndRejectsWhatJsonParsersDo) {
    Bench bench;
    EXPECT_TRUE(rc::check([&] {
        std::string text = text_of(*rc::gen::container<std::vector<Member>>(member_gen()));
        // Half of a surrogate pair is taken on purpose, and not by the other parser.
        constexpr std::string_view pair = "\\ud83d\\ude00";
        for (auto at = text.find(pair); at != std::string::npos; at = text.find(pair)) {
            text.erase(at, pair.size());
        }
        Random random(*rc::gen::arbitrary<std::uint64_t>());
        const auto changes = *rc::gen::inRange(0, 3);
        for (int i = 0; i < changes; ++i) {
            constexpr std::string_view bytes = "{}[]:,\"\\ \n0-.eE+tfnu\x01\x80\xC3\xFF";
            const auto at = random.below(text.size() + 1);
            const char c = bytes[random.below(bytes.size())];
            switch (random.below(3)) {
                case 0:
                    text.insert(at, 1, c);
                    break;
                case 1:
                    text.erase(at, 1);
                    break;
                default:
                    text.resize(at);
            }
        }
        // So is a number beyond double's range.
        RC_PRE(!has_long_exponent(text));
        const bool is_object =
            nlohmann::json::accept(text) && nlohmann::json::parse(text).is_object();
        RC_ASSERT((bench.reason(text) == Reason::ok) == is_object);
    }));
}

TEST(SplitProperty, ArraysAndLinesGiveBackTheirElements) {
    EXPECT_TRUE(rc::check([] {
        const auto events = *rc::gen::container<std::vector<std::vector<Member>>>(
            rc::gen::container<std::vector<Member>>(member_gen()));
        std::vector<std::string> texts;
        std::string array = "[";
        std::string lines;
        for (const auto& members : events) {
            texts.push_back(text_of(members));
            array += (array.size() > 1 ? " ,\n" : "") + texts.back();
            lines += texts.back() + "\r\n";
        }
        for (const std::string& record : {array + "]", lines}) {
            std::vector<Piece> pieces;
            split_record(record, pieces);
            if (events.empty()) {
                RC_ASSERT(pieces.size() == (record.empty() ? 1U : 0U));
                continue;
            }
            RC_ASSERT(pieces.size() == texts.size());
            for (std::size_t i = 0; i < texts.size(); ++i) {
                RC_ASSERT(pieces[i].text == texts[i]);
                RC_ASSERT(pieces[i].element == i);
                RC_ASSERT(pieces[i].reason == Reason::ok);
            }
        }
    }));
}

}  // namespace
}  // namespace spoor::decode
