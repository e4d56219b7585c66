#include "attack/catalogue.hpp"
#include "attack/mapping.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace spoor::attack {
namespace {

std::set<std::string_view> mapped_ids() {
    std::set<std::string_view> ids;
    for (const FeatureMapping& m : feature_mappings()) {
        ids.insert(m.techniques.begin(), m.techniques.end());
    }
    for (const char* type : {"process",
                             "network_connection",
                             "authentication",
                             "file",
                             "dns_query",
                             "service",
                             "login"}) {
        const auto list = event_type_techniques(type);
        EXPECT_FALSE(list.empty()) << type;
        ids.insert(list.begin(), list.end());
    }
    return ids;
}

TEST(AttackTables, all_41_mapped_techniques_have_name_and_tactics) {
    const auto ids = mapped_ids();
    EXPECT_EQ(ids.size(), 41U);
    for (const std::string_view id : ids) {
        const Technique* t = find_technique(id);
        ASSERT_NE(t, nullptr) << id;
        EXPECT_FALSE(t->name.empty()) << id;
        EXPECT_NE(t->tactics, 0) << id;
    }
}

TEST(AttackTables, a_dropped_id_keeps_its_entry_and_says_so) {
    for (const Technique& t : techniques()) {
        EXPECT_EQ(t.version, t.id == "T1562" ? "18.1" : current_version) << t.id;
    }
    EXPECT_EQ(find_technique("T1562")->tactics,
              find_tactics("stealth") | find_tactics("defense-impairment"));
}

TEST(AttackTables, tactics_in_matrix_order_with_aliases) {
    const auto list = tactics();
    ASSERT_EQ(list.size(), 15U);
    EXPECT_EQ(list.front().short_name, "reconnaissance");
    EXPECT_EQ(list.back().short_name, "impact");
    for (std::size_t i = 0; i < list.size(); ++i) {
        EXPECT_EQ(find_tactics(list[i].id), 1U << i);
        EXPECT_EQ(find_tactics(list[i].name), 1U << i);
        EXPECT_EQ(find_tactics(list[i].short_name), 1U << i);
    }
    EXPECT_EQ(find_tactics("Defense Evasion"), find_tactics("TA0005") | find_tactics("TA0112"));
    EXPECT_EQ(find_tactics("no-such"), 0);
}

TEST(AttackTables, unknown_ids_and_types_are_unknown) {
    EXPECT_EQ(find_technique("T9999"), nullptr);
    EXPECT_EQ(find_technique(""), nullptr);
    EXPECT_TRUE(event_type_techniques("firewall").empty());
}

// Against MITRE's own table, where it is at hand.
TEST(AttackTables, agree_with_the_full_catalogue) {
    const char* folder = std::getenv("SPOOR_DATA_DIR");
    if (folder == nullptr) {
        GTEST_SKIP() << "SPOOR_DATA_DIR is not set: the ATT&CK catalogue is not at hand";
    }
    std::map<std::string, std::pair<std::string, std::string>> full;  // id -> name, tactics
    for (const char* file : {"/attack/enterprise.tsv", "/attack/enterprise-19.2.tsv"}) {
        std::ifstream in(std::string(folder) + file);
        ASSERT_TRUE(in) << file;
        std::string line;
        while (std::getline(in, line)) {
            std::istringstream cells(line);
            std::string version;
            std::string id;
            std::string name;
            std::string tactic_names;
            std::getline(cells, version, '\t');
            std::getline(cells, id, '\t');
            std::getline(cells, name, '\t');
            std::getline(cells, tactic_names, '\t');
            full[id] = {name, tactic_names};
        }
    }
    for (const Technique& t : techniques()) {
        const auto it = full.find(std::string(t.id));
        ASSERT_NE(it, full.end()) << t.id;
        EXPECT_EQ(it->second.first, t.name) << t.id;
        TacticSet set = 0;
        std::istringstream names(it->second.second);
        for (std::string name; std::getline(names, name, ',');) {
            set = static_cast<TacticSet>(set | find_tactics(name));
        }
        EXPECT_EQ(set, t.tactics) << t.id;
    }
}

}  // namespace
}  // namespace spoor::attack
