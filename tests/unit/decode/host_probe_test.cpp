#include "decode_fixture.hpp"

#include <gtest/gtest.h>

namespace spoor::decode {
namespace {

struct HostCase {
    const char* text;
    const char* key;
};

const HostCase cases[] = {
    {R"({"entity":"host1","cpu_usage_mean":0.5})", "host1"},
    {R"({"entity":" Server5.Example.ORG. "})", "server5.example.org"},
    {R"({"entity":"alice","entity_type":"user","host":"WS-4"})", "ws-4"},
    {R"({"entity_type":"user","entity":"alice"})", "-"},
    {R"({"entity":"host1","entity_type":"host"})", "host1"},
    {R"({"entity":{"a":1}})", "-"},
    {R"({"entity":{"a":1},"host":"x"})", "x"},
    {R"({"entity":null,"host":"x"})", "x"},
    {R"({"entity":"","host":"-","host_name":"y"})", "y"},
    {R"({"host":5})", "5"},
    {R"({"host":true})", "true"},
    {R"({"host":["a","b"]})", "a"},
    {R"({"host":[["a"]]})", "a"},
    {R"({"host":{"name":"a","hostname":"b"}})", "a"},
    {R"({"host":{"hostname":"b"},"host.name":"c"})", "c"},
    {R"({"host":[{"name":"n"},{"name":"m"}]})", "n"},
    {R"({"\u0068ost":"esc\u0041ped\n"})", "escaped"},
    {R"({"host":"\ud800x"})", "\xEF\xBF\xBDx"},
    {R"({"Hostname":"WIN.local","host":"collector"})", "win.local"},
    {R"({"winlog":{"computer_name":"PC"},"agent":{"name":"collector"},"host":{"name":"h"}})", "pc"},
    {R"({"winlog.computer_name":"PC","host.name":"h"})", "pc"},
    {R"({"Event":{"System":{"Computer":"DC1"}},"Computer":"other"})", "dc1"},
    {R"({"entity":"first","entity":"second"})", "first"},
    {R"({"nothing":1})", "-"},
    {R"({})", "-"},
    {"\xEF\xBB\xBF {\"host\":\"a\"} ", "a"},
    {R"({"entity":"x","entity_type":null})", "x"},
    {R"({"entity":"x","entity_type":["user"]})", "-"},
    {R"({"host":"."})", "-"},
};

TEST(HostProbe, NamesTheHostThatDecodingNames) {
    Bench bench;
    for (const HostCase& c : cases) {
        EXPECT_EQ(bench.host_key(c.text), c.key) << c.text;
        const auto& events = bench.decode(c.text);
        ASSERT_EQ(events.size(), 1U) << c.text;
        EXPECT_EQ(events[0].host_key, c.key) << c.text;
    }
}

TEST(HostProbe, GivesNoHostForWhatIsNoEvent) {
    Bench bench;
    for (const char* text :
         {"", " ", "[]", "5", "{", "}", "}{", "\xff{}", "{\"host\":\"a\"", "{\"host\" \"a\"}"}) {
        EXPECT_EQ(bench.host_key(text), "-") << text;
    }
}

TEST(FoldHost, FoldsCaseSpaceAndTheFinalDot) {
    const auto fold = [](std::string_view host) {
        std::string out;
        fold_host(host, out);
        return out;
    };
    EXPECT_EQ(fold("  WS-1.Example.COM. \t"), "ws-1.example.com");
    EXPECT_EQ(fold("plain"), "plain");
    EXPECT_EQ(fold(""), "");
    EXPECT_EQ(fold("\xC3\x84"), "\xC3\x84");  // only ASCII is folded
}

TEST(FoldHost, IsWhatEventsCarry) {
    Bench bench;
    for (const char* host : {"A", "a.", "Mixed.Case.", " x "}) {
        std::string folded;
        fold_host(host, folded);
        const auto& events = bench.decode("{\"host\":\"" + std::string(host) + "\"}");
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].host_key, folded);
    }
}

}  // namespace
}  // namespace spoor::decode
