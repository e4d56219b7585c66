// What a decoder remembers of names decides nothing: one that has met thousands of them reads each
// event as one that never met any.
#include "base/random.hpp"
#include "decode/mapping.hpp"
#include "decode_fixture.hpp"
#include "plain_event.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace spoor::decode {
namespace {

// Segments of the mapping's paths, and names that are nearly the same: another middle,
// beginning, end or length, around the sizes at which comparing changes.
std::vector<std::string> make_names() {
    std::vector<std::string> names;
    for (const Row& row : rows()) {
        const std::string_view path = row.path;
        for (std::size_t begin = 0; begin < path.size();) {
            const std::size_t end = std::min(path.find('.', begin), path.size());
            names.emplace_back(path.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    const std::size_t num_known = names.size();  // the first are met most
    for (std::size_t i = 0; i < num_known; ++i) {
        std::string near = names[i];
        near[near.size() / 2] ^= 1;
        names.push_back(near);
        names.push_back(names[i] + "x");
        names.push_back(names[i].substr(1));
    }
    for (std::size_t size = 0; size < 80; ++size) {
        names.emplace_back(size, 'n');
        for (std::size_t at = 0; at < size; at += 7) {
            names.push_back(names.back());
            names.back()[at] = 'm';
        }
    }
    return names;
}

std::string made_object(Random& random, const std::vector<std::string>& names, int depth) {
    std::string out = "{";
    const std::uint64_t size = random.below(7);
    for (std::uint64_t i = 0; i < size; ++i) {
        std::string name =
            names[random.below(random.chance(0.6) ? names.size() / 4 : names.size())];
        if (random.chance(0.05)) {
            name += std::to_string(random.below(5000));  // more than are remembered
        }
        out += (i == 0 ? "\"" : ",\"") + name + "\":";
        if (depth < 4 && random.chance(0.4)) {
            out += made_object(random, names, depth + 1);
        } else {
            out += random.chance(0.5) ? "\"v" + std::to_string(random.below(9)) + "\"" : "7";
        }
    }
    return out + "}";
}

TEST(KeyMemory, DecidesNothing) {
    const std::vector<std::string> names = make_names();
    Random random(20261127);
    Bench old;
    std::size_t num_with_fields = 0;
    for (int i = 0; i < 6000; ++i) {
        const std::string text = made_object(random, names, 0);
        Bench fresh;
        const auto& expected = fresh.decode(text);
        const auto& got = old.decode(text);
        ASSERT_EQ(got.size(), expected.size()) << text;
        if (!got.empty()) {
            ASSERT_EQ(plain(got[0]).to_json(), plain(expected[0]).to_json()) << text;
            num_with_fields += std::size_t{!got[0].fields.empty()};
        }
        ASSERT_EQ(old.host_key(text), fresh.host_key(text)) << text;
    }
    EXPECT_GT(num_with_fields, 1000U);
}

// The next name is looked for where the last event had it: in another order, left out, or between
// others it is found all the same.
TEST(KeyMemory, OrderOfMembersIsFree) {
    Bench bench;
    const std::vector<std::string> texts = {
        R"({"host":"a","user_name":"u","source_ip":"10.0.0.1"})",
        R"({"source_ip":"10.0.0.1","user_name":"u","host":"a"})",
        R"({"user_name":"u","other":1,"host":"a","user_name_":"w","source_ip":"10.0.0.1"})",
        R"({"process":{"host":"b"},"host":"a","source_ip":"10.0.0.1","user_name":"u"})",
    };
    for (int round = 0; round < 3; ++round) {
        const auto& events = bench.decode(texts);
        ASSERT_EQ(events.size(), texts.size());
        for (const Event& e : events) {
            EXPECT_EQ(e.host, "a") << e.raw;
            EXPECT_EQ(e.text(FieldId::user_name), "u") << e.raw;
            EXPECT_EQ(e.text(FieldId::source_ip), "10.0.0.1") << e.raw;
        }
    }
}

}  // namespace
}  // namespace spoor::decode
