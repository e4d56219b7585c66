// Decoding against simdjson's own parse of the same bytes (On-Demand, every field visited) and
// against a DOM (nlohmann). Rates are events a second on one core. `decode_benchmark` prints them;
// the ratio asked for is Decoder / OnDemand >= 0.4.
//
// The bytes: the original's feature messages as Python's json.dumps writes them (about 516 bytes),
// and flat Windows events as NXLog forwards them (about 900), both made here.
#include "base/random.hpp"
#include "decode/decoder.hpp"
#include "event/record_batch.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using spoor::Random;
using spoor::RecordBatch;

constexpr const char* features[] = {"network_traffic_volume",
                                    "number_of_logins",
                                    "number_of_failed_logins",
                                    "number_of_accessed_files",
                                    "number_of_email_sent",
                                    "cpu_usage",
                                    "memory_usage",
                                    "disk_io",
                                    "network_latency",
                                    "number_of_processes"};

std::string feature_message(Random& random) {
    std::string out = fmt::format("{{\"entity\": \"host{}\"", random.below(100));
    for (const char* name : features) {
        out += fmt::format(", \"{}_mean\": {}", name, random.uniform(0.1, 0.7));
    }
    out += fmt::format(", \"timestamp\": \"2025-06-03T12:{:02}:{:02}.{:06}\"}}",
                       random.below(60),
                       random.below(60),
                       random.below(1000000));
    return out;
}

std::string windows_message(Random& random) {
    const auto header = fmt::format(
        R"("EventTime":"2025-06-03 12:{:02}:00","Hostname":"WS{}.corp.example","Keywords":-9223372036854775808,)"
        R"("Severity":"INFO","SeverityValue":2,"SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog",)"
        R"("host":"collector.corp.example","port":64545,"tags":["windows"],"RecordNumber":{},"ThreadID":4048,)"
        R"("@timestamp":"2025-06-03T12:00:0{}.500Z","UtcTime":"2025-06-03 12:00:00.123")",
        random.below(60),
        random.below(500),
        random.below(10000000),
        random.below(10));
    switch (random.below(3)) {
        case 0:
            return fmt::format(
                R"({{{},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon",)"
                R"("Image":"C:\\Windows\\System32\\cmd.exe","CommandLine":"cmd.exe /c \"dir C:\\Users\\u{}\"",)"
                R"("ParentImage":"C:\\Windows\\explorer.exe","ProcessId":"{}","User":"CORP\\user{}",)"
                R"("IntegrityLevel":"Medium","CurrentDirectory":"C:\\","Hashes":"SHA256=5D1ACCEBE7D7D7CD4A6D6C1C2E8A36F2"}})",
                header,
                random.below(100),
                random.below(9999),
                random.below(100));
        case 1:
            return fmt::format(
                R"({{{},"EventID":4624,"Channel":"Security","SourceName":"Microsoft-Windows-Security-Auditing",)"
                R"("TargetUserName":"user{}","TargetDomainName":"CORP","LogonType":"3","IpAddress":"10.0.{}.7","IpPort":"50123",)"
                R"("SubjectUserName":"-","ProcessId":"0x1f4","Message":"An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n"}})",
                header,
                random.below(100),
                random.below(255));
        default:
            return fmt::format(
                R"({{{},"EventID":10,"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon",)"
                R"("SourceImage":"C:\\Windows\\System32\\svchost.exe","TargetImage":"C:\\Windows\\System32\\lsass.exe",)"
                R"("SourceProcessId":"{}","GrantedAccess":"0x1000","CallTrace":"C:\\Windows\\SYSTEM32\\ntdll.dll+9c534|C:\\Windows\\System32\\KERNELBASE.dll+6aec5"}})",
                header,
                random.below(9999));
    }
}

enum Kind { vectors, windows };

const RecordBatch& batch(Kind kind) {
    static const auto make = [](Kind k) {
        Random random(7);
        RecordBatch out;
        for (int i = 0; i < 1000; ++i) {
            out.append({},
                       spoor::no_time,
                       k == vectors ? feature_message(random) : windows_message(random));
        }
        return out;
    };
    static const RecordBatch all[] = {make(vectors), make(windows)};
    return all[kind];
}

void report(benchmark::State& state, const RecordBatch& b) {
    const auto events = static_cast<std::int64_t>(b.size());
    state.SetItemsProcessed(state.iterations() * events);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(b.bytes()));
    state.counters["bytes/event"] = static_cast<double>(b.bytes()) / static_cast<double>(b.size());
}

void decoder(benchmark::State& state, Kind kind) {
    const RecordBatch& b = batch(kind);
    spoor::decode::Decoder decoder{{}};
    for (auto _ : state) {
        decoder.decode(b);
        benchmark::DoNotOptimize(decoder.events().data());
    }
    if (decoder.events().size() != b.size()) {
        state.SkipWithError("not every record decoded");
    }
    report(state, b);
}

// As rules over Windows events have it: 60 fields, each at the five places it may be.
std::shared_ptr<const spoor::decode::WatchedPaths> windows_fields(
    spoor::decode::WatchedPaths::Fields fields) {
    constexpr const char* names[] = {"EventID",
                                     "Channel",
                                     "Provider_Name",
                                     "Image",
                                     "CommandLine",
                                     "ParentImage",
                                     "User",
                                     "IntegrityLevel",
                                     "CurrentDirectory",
                                     "Hashes",
                                     "TargetUserName",
                                     "LogonType",
                                     "IpAddress",
                                     "SubjectUserName",
                                     "SourceImage",
                                     "TargetImage",
                                     "GrantedAccess",
                                     "CallTrace",
                                     "ProcessId",
                                     "Product",
                                     "Description",
                                     "OriginalFileName",
                                     "Company",
                                     "ImageLoaded",
                                     "Signed",
                                     "TargetFilename",
                                     "TargetObject",
                                     "Details",
                                     "EventType",
                                     "QueryName",
                                     "DestinationIp",
                                     "DestinationPort",
                                     "ScriptBlockText",
                                     "Path",
                                     "Payload",
                                     "ServiceName",
                                     "ImagePath",
                                     "ObjectName",
                                     "AccessMask",
                                     "ShareName",
                                     "RelativeTargetName",
                                     "TaskName",
                                     "PipeName",
                                     "Status",
                                     "TicketOptions",
                                     "WorkstationName",
                                     "Data",
                                     "Level",
                                     "Keywords",
                                     "ParentCommandLine",
                                     "LogonId",
                                     "ParentUser",
                                     "StartModule",
                                     "Initiated",
                                     "SourceIp",
                                     "Contents",
                                     "NewProcessName",
                                     "ProcessName",
                                     "AuditPolicyChanges",
                                     "ServerName"};
    std::vector<std::string> paths;
    for (const std::string name : names) {
        for (const char* prefix :
             {"", "Event.EventData.", "Event.UserData.*.", "EventData.", "winlog.event_data."}) {
            paths.push_back(prefix + name);
        }
    }
    return std::make_shared<const spoor::decode::WatchedPaths>(paths, fields);
}

void watching(benchmark::State& state, spoor::decode::WatchedPaths::Fields fields) {
    const RecordBatch& b = batch(windows);
    spoor::decode::Decoder decoder({}, windows_fields(fields));
    std::size_t captured = 0;
    for (auto _ : state) {
        decoder.decode(b);
        benchmark::DoNotOptimize(decoder.events().data());
    }
    for (const spoor::Event& event : decoder.events()) {
        captured += event.captured.size();
    }
    state.counters["captured/event"] =
        static_cast<double>(captured) / static_cast<double>(decoder.events().size());
    report(state, b);
}

void host_probe(benchmark::State& state, Kind kind) {
    const RecordBatch& b = batch(kind);
    spoor::decode::HostProbe probe;
    for (auto _ : state) {
        for (const auto& row : b.rows()) {
            benchmark::DoNotOptimize(probe.host_key(b.view(row)));
        }
    }
    report(state, b);
}

namespace ondemand = simdjson::ondemand;

void visit(ondemand::value value, std::size_t& sum) {
    switch (value.type().value_unsafe()) {
        case ondemand::json_type::object:
            for (auto field : value.get_object()) {
                std::string_view key = field.unescaped_key();
                sum += key.size();
                visit(field.value(), sum);
            }
            break;
        case ondemand::json_type::array:
            for (auto element : value.get_array()) {
                visit(element.value(), sum);
            }
            break;
        case ondemand::json_type::string:
            sum += std::string_view(value.get_string()).size();
            break;
        case ondemand::json_type::number:
            sum += static_cast<double>(value.get_double()) > 0.5 ? 1U : 0U;
            break;
        case ondemand::json_type::boolean:
            sum += static_cast<bool>(value.get_bool()) ? 1U : 0U;
            break;
        case ondemand::json_type::null:
            break;
    }
}

void on_demand(benchmark::State& state, Kind kind) {
    const RecordBatch& b = batch(kind);
    ondemand::parser parser;
    for (auto _ : state) {
        for (const auto& row : b.rows()) {
            const std::string_view text = b.view(row);
            ondemand::document document =
                parser.iterate(text.data(), text.size(), text.size() + RecordBatch::padding);
            std::size_t sum = 0;
            for (auto field : document.get_object()) {
                std::string_view key = field.unescaped_key();
                sum += key.size();
                visit(field.value(), sum);
            }
            benchmark::DoNotOptimize(sum);
        }
    }
    report(state, b);
}

void nlohmann_dom(benchmark::State& state, Kind kind) {
    const RecordBatch& b = batch(kind);
    for (auto _ : state) {
        for (const auto& row : b.rows()) {
            const std::string_view text = b.view(row);
            benchmark::DoNotOptimize(nlohmann::json::parse(text, nullptr, false));
        }
    }
    report(state, b);
}

void split(benchmark::State& state, Kind kind) {
    const RecordBatch& b = batch(kind);
    std::vector<spoor::decode::Piece> pieces;
    for (auto _ : state) {
        for (const auto& row : b.rows()) {
            pieces.clear();
            spoor::decode::split_record(b.view(row), pieces);
            benchmark::DoNotOptimize(pieces.data());
        }
    }
    report(state, b);
}

BENCHMARK_CAPTURE(decoder, vectors, vectors);
BENCHMARK_CAPTURE(on_demand, vectors, vectors);
BENCHMARK_CAPTURE(nlohmann_dom, vectors, vectors);
BENCHMARK_CAPTURE(host_probe, vectors, vectors);
BENCHMARK_CAPTURE(split, vectors, vectors);
BENCHMARK_CAPTURE(decoder, windows, windows);
BENCHMARK_CAPTURE(watching, windows_all, spoor::decode::WatchedPaths::Fields::all);
BENCHMARK_CAPTURE(watching, windows_lean, spoor::decode::WatchedPaths::Fields::of_origin);
BENCHMARK_CAPTURE(on_demand, windows, windows);
BENCHMARK_CAPTURE(nlohmann_dom, windows, windows);
BENCHMARK_CAPTURE(host_probe, windows, windows);

}  // namespace
