#include "sigma/engine.hpp"

#include "sigma/engine_parts.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace spoor::sigma {

namespace {

// A rule for `registry_event` is tried on all that happens to the registry.
constexpr std::string_view whole_registry = "registry_event";
constexpr std::array<std::string_view, 4> registry_parts = {
    "registry_add", "registry_set", "registry_delete", "registry_rename"};

bool fits(std::string_view wanted, std::string_view found) {
    return wanted.empty() || wanted == found;
}

bool category_fits(std::string_view wanted, std::string_view found) {
    return fits(wanted, found) ||
           (wanted == whole_registry &&
            std::ranges::find(registry_parts, found) != registry_parts.end());
}

std::vector<std::string> distinct_paths(const FieldTable& fields) {
    std::vector<std::string> out;
    for (const FieldEntry& field : fields.entries()) {
        out.insert(out.end(), field.paths.begin(), field.paths.end());
    }
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    return out;
}

}  // namespace

Engine::Parts::Parts(std::shared_ptr<const RuleSet> set)
    : rules(std::move(set)),
      predicates(*rules),
      program(make_program(*rules, predicates)),
      paths(distinct_paths(rules->fields)),
      all_fields(rules->fields, paths, {}) {}

std::vector<RuleIndex> Engine::Parts::routed(std::string_view product,
                                             std::string_view category,
                                             std::string_view service) const {
    std::vector<RuleIndex> out;
    for (RuleIndex i = 0; i < rules->rules.size(); ++i) {
        const LogSource& source = rules->rules[i].logsource;
        if (fits(source.product, product) && category_fits(source.category, category) &&
            fits(source.service, service)) {
            out.push_back(i);
        }
    }
    return out;
}

std::shared_ptr<const Plan> Engine::Parts::plan(std::string_view product,
                                                std::string_view category,
                                                std::string_view service) {
    std::string key;
    key.append(product).append(1, '\n').append(category).append(1, '\n').append(service);
    const std::lock_guard lock(mutex);
    std::shared_ptr<const Plan>& plan = plans[key];
    if (!plan) {
        plan = std::make_shared<const Plan>(
            *rules, predicates, paths, routed(product, category, service), nullptr);
    }
    return plan;
}

Engine::Engine(std::shared_ptr<const RuleSet> rules)
    : parts_(std::make_unique<Parts>(std::move(rules))) {}

Engine::~Engine() = default;

const RuleSet& Engine::rules() const {
    return *parts_->rules;
}

const std::vector<std::string>& Engine::paths() const {
    return parts_->paths;
}

std::vector<RuleIndex> Engine::routed(std::string_view product,
                                      std::string_view category,
                                      std::string_view service) const {
    return parts_->routed(product, category, service);
}

}  // namespace spoor::sigma
