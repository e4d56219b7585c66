#include "pipeline/content.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace spoor::pipeline {

namespace {

std::set<std::pair<std::string, std::uint32_t>> kinds_of(const Content& content) {
    std::set<std::pair<std::string, std::uint32_t>> kinds;
    for (const auto& detector : content.detectors) {
        kinds.emplace(detector->name(), detector->state_version());
    }
    for (const auto& correlator : content.correlators) {
        kinds.emplace(correlator->name(), correlator->state_version());
    }
    return kinds;
}

}  // namespace

std::vector<std::string> not_carried(const Content& from, const Content& to) {
    const auto before = kinds_of(from);
    const auto after = kinds_of(to);
    std::vector<std::pair<std::string, std::uint32_t>> one_sided;
    std::set_symmetric_difference(
        before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(one_sided));
    std::vector<std::string> names;
    for (auto& [name, version] : one_sided) {
        if (names.empty() || names.back() != name) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

}  // namespace spoor::pipeline
