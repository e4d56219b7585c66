// What became of each golden case and of each figure, for docs/conformance.md: a JSON file, if
// SPOOR_CONFORMANCE names one; otherwise nothing is written. One owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::sigma::testing {

class CaseReport {
public:
    CaseReport();
    CaseReport(const CaseReport&) = delete;
    CaseReport& operator=(const CaseReport&) = delete;
    ~CaseReport();  // writes it

    // A case begins; failures of the test at hand from here on are its own.
    void begin();
    // The case that began. `rules`: its documents as written, for the modifiers in them.
    void end(std::string_view name,
             const std::vector<std::string>& cites,
             std::string_view rules,
             bool is_refused);
    void figure(std::string_view name, std::uint64_t value);

private:
    std::string path_;
    std::string cases_;
    std::string figures_;
    int failures_before_ = 0;
};

}  // namespace spoor::sigma::testing
