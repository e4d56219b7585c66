// Processing pipelines in pySigma's format: what adapts rules to how events look here. Steps change
// the drafts of rules, before they become expressions.
//
// Private to sigma. One owner: the load.
#pragma once

#include "sigma/documents.hpp"
#include "sigma/report.hpp"

#include <memory>

namespace spoor::sigma {

class Processing {
public:
    Processing();
    ~Processing();
    Processing(const Processing&) = delete;
    Processing& operator=(const Processing&) = delete;

    // Adds the pipelines of a file. A pipeline with a mistake is left out.
    void read(const YamlFile& file, Diagnostics& diagnostics);
    // In the order of their priorities, then as they were read. What a rule cannot be changed into
    // goes to its report.
    void apply(RuleDraft& rule);
    [[nodiscard]] bool empty() const;

    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
};

}  // namespace spoor::sigma
