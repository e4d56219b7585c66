#include "unit/sigma/case_report.hpp"

#include "base/json_writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace spoor::sigma::testing {

namespace {

int num_failures() {
    return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

}  // namespace

CaseReport::CaseReport() {
    const char* const path = std::getenv("SPOOR_CONFORMANCE");  // NOLINT(concurrency-mt-unsafe)
    path_ = path != nullptr ? path : "";
}

CaseReport::~CaseReport() {
    if (!path_.empty()) {
        std::ofstream(path_, std::ios::binary)
            << "{\"cases\":[" << cases_ << "],\n\"figures\":{" << figures_ << "}}\n";
    }
}

void CaseReport::begin() {
    failures_before_ = num_failures();
}

void CaseReport::end(std::string_view name,
                     const std::vector<std::string>& cites,
                     std::string_view rules,
                     bool is_refused) {
    std::string line;
    JsonWriter out(line);
    out.begin_object().member("case", name).key("cites").begin_array();
    for (const std::string& cited : cites) {
        out.value(cited);
    }
    out.end_array();
    out.member("rules", rules).member("refused", is_refused);
    out.member("passed", num_failures() == failures_before_).end_object();
    cases_ += (cases_.empty() ? "\n" : ",\n") + line;
}

void CaseReport::figure(std::string_view name, std::uint64_t value) {
    figures_ += (figures_.empty() ? "\n\"" : ",\n\"");
    append_json_escaped(figures_, name);
    figures_ += "\":" + std::to_string(value);
}

}  // namespace spoor::sigma::testing
