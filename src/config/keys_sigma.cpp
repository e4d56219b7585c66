#include "config/key_tables.hpp"

#include <array>

namespace spoor::config::tables {

namespace {

constexpr auto table = std::to_array<Key>({
    {.path = "sigma.rules",
     .type = KeyType::text_list,
     .about =
         "Files of Sigma rules, correlations and filters, and folders of them (*.yml, *.yaml at "
         "any depth)",
     .set = set<&Config::sigma, &Sigma::rules>},
    {.path = "sigma.pipelines",
     .type = KeyType::text_list,
     .about = "Files of processing pipelines in pySigma's format, applied in this order",
     .set = set<&Config::sigma, &Sigma::pipelines>},
    {.path = "sigma.placeholders",
     .type = KeyType::text_lists,
     .about = "Values of placeholders (%name% with the modifier `expand`): name: [value, ...]"},
    {.path = "sigma.builtin_fields",
     .type = KeyType::boolean,
     .fallback = "true",
     .about =
         "Field names of rules also stand for what Windows events, winlogbeat and ECS call them",
     .set = set<&Config::sigma, &Sigma::builtin_fields>},
    {.path = "sigma.watch",
     .type = KeyType::boolean,
     .fallback = "true",
     .about = "Load the rules anew when one of their files changes, and not only on SIGHUP. Rules "
              "with errors change nothing",
     .set = set<&Config::sigma, &Sigma::watch>},
    {.path = "sigma.max_groups",
     .type = KeyType::integer,
     .fallback = "100000",
     .min = 1,
     .max = 1e9,
     .about = "Groups that each correlation keeps, in each shard; beyond that the one silent "
              "longest goes, and is counted",
     .set = set<&Config::sigma, &Sigma::max_groups>},
    {.path = "sigma.max_values",
     .type = KeyType::integer,
     .fallback = "1000000",
     .min = 1,
     .max = 1e9,
     .about = "Values that the windows of each correlation keep, in each shard; beyond that the "
              "group silent longest goes; one window holds half of that at most, then its oldest "
              "go; counted",
     .set = set<&Config::sigma, &Sigma::max_values>},
});

}  // namespace

std::span<const Key> sigma() {
    return table;
}

}  // namespace spoor::config::tables
