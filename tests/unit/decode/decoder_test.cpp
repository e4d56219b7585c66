#include "decode_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace spoor::decode {
namespace {

using testing::HasSubstr;
using F = FieldId;

Timestamp at(const char* text) {
    return parse_time(text).value();
}

constexpr const char* vector_text =
    R"({"entity": "host1", "network_traffic_volume_mean": 0.42, "number_of_logins_mean": 0.1234567890123456, )"
    R"("number_of_failed_logins_mean": 0.3, "number_of_accessed_files_mean": 1e-2, "number_of_email_sent_mean": 0, )"
    R"("cpu_usage_mean": 0.95, "memory_usage_mean": -1.5, "disk_io_mean": 0.10000000000000001, )"
    R"("network_latency_mean": 12, "number_of_processes_mean": 0.31, "timestamp": "2025-06-03T12:00:00.123456"})";

TEST(Decoder, ReadsTheFeatureVector) {
    Bench bench;
    const auto& events = bench.decode(vector_text);
    ASSERT_EQ(events.size(), 1U);
    const Event& e = events[0];
    EXPECT_EQ(e.shape, EventShape::feature_vector);
    EXPECT_EQ(e.host, "host1");
    EXPECT_EQ(e.host_key, "host1");
    EXPECT_EQ(e.time, at("2025-06-03T12:00:00.123456Z"));
    EXPECT_EQ(e.time_origin, TimeOrigin::event);
    EXPECT_FALSE(e.is_simulated);
    EXPECT_EQ(e.raw, vector_text);
    ASSERT_EQ(e.fields.size(), 11U);
    const double expected[] = {0.42, 0.1234567890123456, 0.3, 0.01, 0, 0.95, -1.5, 0.1, 12, 0.31};
    for (std::size_t i = 0; i < num_features; ++i) {
        const Field* f = e.find(static_cast<F>(static_cast<std::size_t>(first_feature) + i));
        ASSERT_NE(f, nullptr) << feature_name(i);
        EXPECT_EQ(f->type, FieldType::real);
        EXPECT_EQ(f->as_number(), expected[i]) << feature_name(i);
    }
}

TEST(Decoder, ReadsFeaturesWithoutTheSuffix) {
    Bench bench;
    const auto& events =
        bench.decode(R"({"entity":"h","cpu_usage":0.5,"disk_io_mean":0.2,"disk_io":0.9})");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].find(F::f_cpu_usage)->real, 0.5);
    EXPECT_EQ(events[0].find(F::f_disk_io)->real, 0.2);
    EXPECT_EQ(events[0].fields.size(), 3U);
}

TEST(Decoder, MissingIsNeverZero) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"entity":"h","cpu_usage_mean":null,"disk_io_mean":"0.9","memory_usage_mean":true,)"
        R"("network_latency_mean":{"v":1},"number_of_logins_mean":[],"number_of_processes_mean":1e999})");
    ASSERT_EQ(events.size(), 1U);
    for (const Field& f : events[0].fields) {
        EXPECT_LT(f.id, first_feature) << field_info(f.id).name;
    }
    EXPECT_EQ(events[0].shape, EventShape::generic);
}

TEST(Decoder, ReadsASimulationEventOfAUser) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"timestamp":"2025-06-03T12:00:00","source":{"type":"simulation","name":"Security Event Simulator"},)"
        R"("severity":"Low","is_simulated":true,"event_type":"login","entity":"user3","entity_type":"user",)"
        R"("host":"host2","host_name":"HOST2","user_name":"user3","login_type":"interactive",)"
        R"("login_status":"failure","source_ip":"10.0.0.7","failure_reason":"bad password"})");
    ASSERT_EQ(events.size(), 1U);
    const Event& e = events[0];
    EXPECT_EQ(e.shape, EventShape::simulation);
    EXPECT_TRUE(e.is_simulated);
    EXPECT_EQ(e.host, "host2");
    EXPECT_EQ(e.text(F::host_name), "HOST2");
    EXPECT_EQ(e.text(F::event_type), "login");
    EXPECT_EQ(e.text(F::outcome), "failure");
    EXPECT_EQ(e.text(F::logon_type), "interactive");
    EXPECT_EQ(e.text(F::source_ip), "10.0.0.7");
    EXPECT_EQ(e.find(F::source_ip)->type, FieldType::ip);
    EXPECT_EQ(e.text(F::reason), "bad password");
}

TEST(Decoder, ReadsFlatWindowsEvents) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"EventID":4688,"Channel":"security","Hostname":"WS5.local","host":"collector","SourceName":"Microsoft-Windows-Security-Auditing",)"
        R"("SubjectUserName":"alice","NewProcessName":"C:\\Windows\\System32\\cmd.exe","NewProcessId":"0x1f4","ProcessId":"0x64",)"
        R"("ParentProcessName":"C:\\Windows\\explorer.exe","CommandLine":"cmd /c dir","UtcTime":"2020-10-19 02:56:18.954","@timestamp":"2020-10-18T10:56:18Z"})");
    ASSERT_EQ(events.size(), 1U);
    const Event& e = events[0];
    EXPECT_EQ(e.shape, EventShape::windows);
    EXPECT_EQ(e.product, "windows");
    EXPECT_EQ(e.category, "process_creation");
    EXPECT_EQ(e.service, "security");
    EXPECT_EQ(e.host_key, "ws5.local");
    EXPECT_EQ(e.time, at("2020-10-19T02:56:18.954Z"));
    EXPECT_EQ(e.text(F::event_type), "process");
    EXPECT_EQ(e.text(F::user_name), "alice");
    EXPECT_EQ(e.text(F::process_image), "C:\\Windows\\System32\\cmd.exe");
    EXPECT_EQ(e.text(F::process_name), "cmd.exe");
    EXPECT_EQ(e.text(F::parent_process_name), "explorer.exe");
    EXPECT_EQ(e.find(F::process_id)->integer, 500);
    EXPECT_EQ(e.find(F::parent_process_id)->integer, 100);
}

TEST(Decoder, ReadsNestedWindowsEvents) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":22},)"
        R"("TimeCreated":{"#attributes":{"SystemTime":"2024-10-25T10:03:03.5541863Z"}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"PC"},)"
        R"("EventData":{"Data":[{"@Name":"QueryName","#text":"example.org"},{"@Name":"ProcessId","#text":"42"},{"@Name":"X"}]}}})");
    ASSERT_EQ(events.size(), 1U);
    const Event& e = events[0];
    EXPECT_EQ(e.category, "dns_query");
    EXPECT_EQ(e.service, "sysmon");
    EXPECT_EQ(e.text(F::dns_query), "example.org");
    EXPECT_EQ(e.find(F::process_id)->integer, 42);
    EXPECT_EQ(e.time, at("2024-10-25T10:03:03.554186Z"));
}

TEST(Decoder, ReadsWinlogbeatWithTheCollectorAside) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"@timestamp":"2024-01-02T03:04:05.678Z","winlog":{"channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing",)"
        R"("event_id":"4625","computer_name":"DC1.corp","event_data":{"TargetUserName":"bob","IpAddress":"::ffff:10.1.2.3","IpPort":"50123","LogonType":"3"}},)"
        R"("event":{"code":"4625","category":["authentication"],"outcome":"failure"},"host":{"name":"wec"},"ecs":{"version":"8.0.0"}})");
    ASSERT_EQ(events.size(), 1U);
    const Event& e = events[0];
    EXPECT_EQ(e.shape, EventShape::windows);
    EXPECT_EQ(e.host_key, "dc1.corp");
    EXPECT_EQ(e.text(F::event_type), "authentication");
    EXPECT_EQ(e.text(F::outcome), "failure");
    EXPECT_EQ(e.text(F::user_name), "bob");
    EXPECT_EQ(e.text(F::source_ip), "10.1.2.3");
    EXPECT_EQ(e.find(F::source_port)->integer, 50123);
    EXPECT_EQ(e.find(F::event_id)->integer, 4625);
}

TEST(Decoder, ReadsEcsNestedAndDotted) {
    Bench bench;
    const char* nested =
        R"({"@timestamp":"2024-01-02T03:04:05Z","ecs":{"version":"8.0"},"event":{"category":["process"],"type":["start"]},"host":{"name":"web1","os":{"type":"linux"}},)"
        R"("process":{"pid":7,"executable":"/bin/sh","parent":{"name":"sshd"}},"user":{"name":"root"}})";
    const char* dotted =
        R"({"@timestamp":"2024-01-02T03:04:05Z","ecs.version":"8.0","event.category":"process","event.type":"start","host.name":"web1","host.os.type":"linux",)"
        R"("process":{"pid":7,"executable":"/bin/sh","parent.name":"sshd"},"user.name":"root"})";
    for (const char* text : {nested, dotted}) {
        const auto& events = bench.decode(text);
        ASSERT_EQ(events.size(), 1U);
        const Event& e = events[0];
        EXPECT_EQ(e.shape, EventShape::ecs);
        EXPECT_EQ(e.product, "linux");
        EXPECT_EQ(e.category, "process_creation");
        EXPECT_EQ(e.host_key, "web1");
        EXPECT_EQ(e.text(F::event_type), "process");
        EXPECT_EQ(e.text(F::process_name), "sh");
        EXPECT_EQ(e.text(F::parent_process_name), "sshd");
        EXPECT_EQ(e.text(F::user_name), "root");
        EXPECT_EQ(e.find(F::process_id)->integer, 7);
    }
}

TEST(Decoder, KeepsTheBatchsOrderAndItsRefs) {
    Bench bench;
    const auto& events =
        bench.decode({R"({"host":"a"})", "broken", R"({"host":"b"})", "", R"({"host":"c"})"});
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].ref.position, 0);
    EXPECT_EQ(events[1].ref.position, 2);
    EXPECT_EQ(events[2].host, "c");
    EXPECT_EQ(events[2].fields.size(), 1U);
    const auto& rejected = bench.decoder().rejected();
    ASSERT_EQ(rejected.size(), 2U);
    EXPECT_EQ(rejected[0].row, 1U);
    EXPECT_EQ(rejected[1].row, 3U);
    EXPECT_EQ(rejected[1].reason, Reason::empty);
}

TEST(Decoder, RejectsWithReasonAndPlace) {
    Bench bench;

    struct {
        std::string text;
        Reason reason;
        const char* detail;
    } const cases[] = {
        {"{\"a\":1} x", Reason::bad_json, "byte 8"},
        {"{\"a\":1}}", Reason::bad_json, "byte 7"},
        {"{\"a\":1}{\"b\":2}", Reason::bad_json, "byte 7"},
        {"{\"a\":{\"b\":1}", Reason::bad_json, "byte 11"},
        {"{\"a\":[1,2}", Reason::bad_json, "byte 9"},
        {"{\"a\":[1,2]", Reason::bad_json, "byte 9"},
        {"{\"a\"", Reason::bad_json, "byte"},
        {"{\"a\":1", Reason::bad_json, "byte 5"},
        {"{\"a\":\"x}", Reason::bad_json, "byte 5"},
        {"{\"a\":01}", Reason::bad_json, "byte 5"},
        {"{\"a\":1.}", Reason::bad_json, "byte 5"},
        {"{\"a\":NaN}", Reason::bad_json, "byte 5"},
        {"{\"cpu_usage_mean\":NaN}", Reason::bad_json, "byte 18"},
        {"{\"a\":tru}", Reason::bad_json, "byte 5"},
        {"{\"a\":truex}", Reason::bad_json, "byte 5"},
        {"{\"a\":1 2}", Reason::bad_json, "byte 7"},
        {"{\"a\":\"b\"c}", Reason::bad_json, "byte 8"},
        {"{\"a\" 1}", Reason::bad_json, "byte 1"},
        {"{a:1}", Reason::bad_json, "byte 1"},
        {"{\"a\":1,}", Reason::bad_json, "byte 7"},
        {"{,}", Reason::bad_json, "byte 1"},
        {"{\"a\":}", Reason::bad_json, "byte 5"},
        {"{\"a\":\"\\x\"}", Reason::bad_json, "byte 5"},
        {"{\"a\\x\":1}", Reason::bad_json, "byte 1"},
        {"{\"a\":\"\\u12G4\"}", Reason::bad_json, "byte 5"},
        {"{\"a\":\"tab\there\"}", Reason::bad_json, "byte 9"},
        {"  {\"a\":1} x", Reason::bad_json, "byte 10"},
        {"{\"a\":\"\xff\"}", Reason::bad_utf8, "byte 6"},
        {"{\"a\":\"\xc3\"}", Reason::bad_utf8, "byte 6"},
        {"{\"a\":\"\xc3\xa4\xed\xa0\x80\"}", Reason::bad_utf8, "byte 8"},
        {"[1,2]", Reason::not_an_object, "byte 0"},
        {"5", Reason::not_an_object, "byte 0"},
        {"\"x\"", Reason::not_an_object, "byte 0"},
        {"null", Reason::not_an_object, "byte 0"},
        {"[{}", Reason::bad_json, "byte"},
        {"[{}}", Reason::bad_json, "byte"},
        {"}", Reason::bad_json, "byte"},
        {"x", Reason::bad_json, "byte"},
        {std::string("{\"a\":1}\0", 8), Reason::bad_json, "byte 7"},
        {" \n", Reason::empty, ""},
    };

    for (const auto& c : cases) {
        EXPECT_EQ(bench.reason(c.text), c.reason) << c.text;
        ASSERT_EQ(bench.decoder().rejected().size(), 1U) << c.text;
        EXPECT_THAT(bench.decoder().rejected()[0].detail, HasSubstr(c.detail)) << c.text;
        EXPECT_TRUE(bench.decoder().events().empty());
    }
}

TEST(Decoder, NextRowsBytesNeverCompleteATruncatedOne) {
    Bench bench;
    for (const std::string next : {"}", "\"}", ",\"b\":2}", "3}", "{\"c\":1}", "e5}"}) {
        for (const std::string cut :
             {"{\"a\":{\"b\":1}", "{\"a\":1", "{\"a\":\"x", "{\"a\":[{}", "{\"a\":[]"}) {
            bench.decode({cut, next});
            ASSERT_FALSE(bench.decoder().rejected().empty()) << cut << next;
            EXPECT_EQ(bench.decoder().rejected()[0].row, 0U) << cut << next;
        }
    }
}

TEST(Decoder, LimitsDepth) {
    Bench bench;
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 1; i < depth; ++i) {
            text += i % 2 == 0 ? "[" : "{\"a\":";
        }
        text = "{\"x\":" + std::string();
        for (int i = 1; i < depth; ++i) {
            text += "[";
        }
        text += "1";
        for (int i = 1; i < depth; ++i) {
            text += "]";
        }
        return text + "}";
    };
    EXPECT_EQ(bench.reason(nested(max_depth)), Reason::ok);
    EXPECT_EQ(bench.reason(nested(max_depth + 1)), Reason::too_deep);
    EXPECT_EQ(bench.reason(nested(100000)), Reason::too_deep);
    EXPECT_EQ(bench.reason("{\"x\":\"" + std::string(1000, '[') + "\"}"), Reason::ok);
}

TEST(Decoder, LimitsSize) {
    Bench bench;
    const std::string large = "{\"a\":\"" + std::string(max_event_bytes, 'x') + "\"}";
    EXPECT_EQ(bench.reason(large), Reason::too_large);
    EXPECT_EQ(bench.reason("{\"a\":\"" + std::string(max_event_bytes - 8, 'x') + "\"}"),
              Reason::ok);
}

TEST(Decoder, ManyValuesOfOneFieldAreOneField) {
    Bench bench;
    std::string text = R"({"user":"first")";
    for (int i = 0; i < 100'000; ++i) {
        text += R"(,"user":"u","ProcessId":1)";
    }
    const auto& events = bench.decode(text + R"(,"user_name":"best"})");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].text(F::user_name), "best");
    EXPECT_EQ(events[0].find(F::process_id)->integer, 1);
    EXPECT_EQ(events[0].fields.size(), 2U);
}

TEST(DecoderTime, ClampsWhatItsRecordsTimeDoesNotAllow) {
    Bench bench;
    const Timestamp record = at("2025-01-01T00:00:00Z");
    {
        const auto& events = bench.decode(R"({"timestamp":"2025-01-01T00:00:10Z"})", record);
        EXPECT_EQ(events[0].time_origin, TimeOrigin::event);
        EXPECT_EQ(bench.decoder().num_clamped(), 0U);
    }
    const auto& events = bench.decode(R"({"timestamp":"2025-01-01T00:00:10.001Z"})", record);
    EXPECT_EQ(events[0].time_origin, TimeOrigin::clamped);
    EXPECT_EQ(events[0].time, record);
    EXPECT_EQ(bench.decoder().num_clamped(), 1U);
}

TEST(DecoderTime, TakesTheRecordsTimeWhereTheEventHasNone) {
    Bench bench;
    const Timestamp record = at("2025-01-01T00:00:00Z");
    {
        const auto& events = bench.decode(R"({"timestamp":"yesterday"})", record);
        EXPECT_EQ(events[0].time_origin, TimeOrigin::record);
        EXPECT_EQ(events[0].time, record);
        EXPECT_EQ(bench.decoder().num_without_time(), 1U);
    }
    const auto& events = bench.decode(R"({"host":"a"})");
    EXPECT_EQ(events[0].time_origin, TimeOrigin::none);
    EXPECT_EQ(events[0].time, no_time);
    EXPECT_EQ(bench.decoder().num_without_time(), 1U);
}

TEST(DecoderTime, ReadsWhatSourcesWrite) {
    Options options;
    options.zone_offset = std::chrono::hours{2};
    Bench bench(options);

    struct {
        const char* text;
        const char* time;
    } const cases[] = {
        {R"({"timestamp":"2025-06-03T12:00:00"})", "2025-06-03T10:00:00Z"},
        {R"({"timestamp":"2025-06-03T12:00:00Z"})", "2025-06-03T12:00:00Z"},
        {R"({"timestamp":"2025-06-03T12:00:00+02:00"})", "2025-06-03T10:00:00Z"},
        {R"({"UtcTime":"2025-06-03 12:00:00.500"})", "2025-06-03T12:00:00.500Z"},
        {R"({"EventTime":"2025-06-03 12:00:00"})", "2025-06-03T10:00:00Z"},
        {R"({"EventTime":"2025-06-03 12:00:00","@timestamp":"2025-06-03T10:00:01Z"})",
         "2025-06-03T10:00:01Z"},
        {R"({"@timestamp":"?","EventTime":"2025-06-03 12:00:00"})", "2025-06-03T10:00:00Z"},
        {R"({"ts":1331901000.5})", "2012-03-16T12:30:00.500Z"},
        {R"({"ts":1331901000})", "2012-03-16T12:30:00Z"},
        {R"({"@timestamp":1331901000123})", "2012-03-16T12:30:00.123Z"},
        {R"({"@timestamp":1331901000123456})", "2012-03-16T12:30:00.123456Z"},
        {R"({"@timestamp":1331901000123456789})", "2012-03-16T12:30:00.123456Z"},
        {R"({"@timestamp":"1331901000"})", "2012-03-16T12:30:00Z"},
    };

    for (const auto& c : cases) {
        const auto& events = bench.decode(c.text);
        ASSERT_EQ(events.size(), 1U) << c.text;
        EXPECT_EQ(format_time(events[0].time), format_time(at(c.time))) << c.text;
    }
}

TEST(DecoderText, UnescapesIntoItsOwnMemory) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"command_line":"a\"b\\c\/\b\f\n\r\t\u00e4\u20ac\ud83d\ude00\ud83d!","user":"plain"})");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].text(F::command_line),
              "a\"b\\c/\b\f\n\r\t\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD!");
    const std::string_view plain = events[0].text(F::user_name);
    EXPECT_GE(plain.data(), events[0].raw.data());
    EXPECT_LT(plain.data(), events[0].raw.data() + events[0].raw.size());
}

TEST(DecoderText, NumbersBecomeTextWhereTextIsMeant) {
    Bench bench;
    const auto& events = bench.decode(
        R"({"LogonType":3,"user":null,"protocol":true,"ProcessId":4624.0,"SourcePort":1.5})");
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].text(F::logon_type), "3");
    EXPECT_EQ(events[0].text(F::protocol), "true");
    EXPECT_EQ(events[0].find(F::user_name), nullptr);
    EXPECT_EQ(events[0].find(F::process_id)->integer, 4624);
    EXPECT_EQ(events[0].find(F::source_port), nullptr);
}

}  // namespace
}  // namespace spoor::decode
