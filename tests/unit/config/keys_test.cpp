// The table against itself, and what is made of it.
#include "config/keys.hpp"

#include "config/kafka_properties.hpp"
#include "config/load.hpp"
#include "config/reference.hpp"
#include "config/value.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace spoor::config {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Keys, EachIsThereOnceAndSaysWhatItIs) {
    std::set<std::string_view> seen;
    for (const Key& key : keys()) {
        EXPECT_TRUE(seen.insert(key.path).second) << key.path;
        EXPECT_FALSE(key.about.empty()) << key.path;
        EXPECT_NE(key.about.back(), '.') << key.path;
        EXPECT_FALSE(is_section(key.path)) << key.path;
        EXPECT_EQ(find_key(key.path), &key);
        if (key.status != KeyStatus::honoured) {
            EXPECT_FALSE(key.note.empty()) << key.path << " says nothing of what becomes of it";
        }
        if (key.type == KeyType::choice) {
            EXPECT_FALSE(key.choices.empty()) << key.path;
        }
        if (key.type == KeyType::duration) {
            EXPECT_TRUE(parse_duration("1" + std::string(key.unit)).has_value()) << key.path;
        }
    }
}

// A key that is honoured goes somewhere: into the configuration, or into a property.
TEST(Keys, WhatIsHonouredHasAnEffect) {
    const std::set<std::string_view> by_hand = {"files",
                                                "sigma.placeholders",
                                                "kafka.librdkafka",
                                                "kafka.ssl_check_hostname",
                                                "kafka.partition_assignment_strategy"};
    for (const Key& key : keys()) {
        const bool goes_somewhere = key.set != nullptr || !key.consumer.empty() ||
                                    !key.producer.empty() || by_hand.contains(key.path);
        EXPECT_EQ(goes_somewhere || key.status != KeyStatus::honoured, true) << key.path;
        if (key.status == KeyStatus::accepted) {
            EXPECT_FALSE(goes_somewhere) << key.path << " has an effect after all";
        }
    }
}

TEST(Keys, DefaultsAreGoodValuesOfTheirOwnKeys) {
    for (const Key& key : keys()) {
        if (key.fallback.empty() || key.fallback.starts_with('[')) {
            continue;
        }
        Value value;
        const auto problem = parse_value(key, key.fallback, false, value);
        EXPECT_FALSE(problem.has_value())
            << key.path << ": " << (problem ? problem->message(false) : "");
    }
}

TEST(Keys, PropertiesExistInLibrdkafkaAndOurRangesAreWithinIts) {
    for (const Key& key : keys()) {
        for (const auto& [name, other] : {std::pair{key.consumer, PropertyScope::producer},
                                          std::pair{key.producer, PropertyScope::consumer}}) {
            if (name.empty()) {
                continue;
            }
            const KafkaProperty* p = find_kafka_property(name);
            ASSERT_NE(p, nullptr) << name;
            EXPECT_NE(p->scope, other) << key.path;
            EXPECT_TRUE(denied(name).empty() || key.path == "kafka.bootstrap_servers") << name;
            if (p->max > p->min && key.path != "kafka.request_timeout_ms") {
                EXPECT_GE(key.min, static_cast<double>(p->min)) << key.path;
                EXPECT_LE(key.max, static_cast<double>(p->max)) << key.path;
            }
        }
    }
}

// Every Kafka key of the original, of its guide, and of kafka-python's consumer that has a meaning
// here: each is in the table. Written out, so that one that is dropped is missed.
TEST(Keys, EveryDocumentedKafkaKeyIsTaken) {
    for (const char* name : {"bootstrap_servers",
                             "topic",
                             "topics",
                             "group_id",
                             "auto_offset_reset",
                             "enable_auto_commit",
                             "auto_commit_interval_ms",
                             "session_timeout_ms",
                             "heartbeat_interval_ms",
                             "request_timeout_ms",
                             "consumer_timeout_ms",
                             "max_poll_records",
                             "max_poll_interval_ms",
                             "security_protocol",
                             "ssl_cafile",
                             "ssl_certfile",
                             "ssl_keyfile",
                             "ssl_password",
                             "ssl_check_hostname",
                             "ssl_crlfile",
                             "ssl_ciphers",
                             "sasl_mechanism",
                             "sasl_plain_username",
                             "sasl_plain_password",
                             "fetch_max_bytes",
                             "max_partition_fetch_bytes",
                             "fetch_min_bytes",
                             "fetch_max_wait_ms",
                             "compression_type",
                             "isolation_level",
                             "check_crcs",
                             "allow_auto_create_topics",
                             "partition_assignment_strategy",
                             "group_instance_id",
                             "client_rack",
                             "client_id",
                             "metadata_max_age_ms",
                             "connections_max_idle_ms",
                             "reconnect_backoff_ms",
                             "reconnect_backoff_max_ms",
                             "retry_backoff_ms",
                             "librdkafka"}) {
        EXPECT_NE(find_key(std::string("kafka.") + name), nullptr) << name;
    }
}

TEST(Values, DurationsSizesAndZonesReadBackAsShown) {
    const Key duration{.path = "d", .type = KeyType::duration, .unit = "ms"};
    const Key size{.path = "s", .type = KeyType::size};
    const Key zone{.path = "z", .type = KeyType::time_zone};
    const auto shown = [](const Key& key, std::string_view text) {
        Value value;
        const auto problem = parse_value(key, text, false, value);
        return problem ? "error: " + problem->code : value_text(key, value);
    };
    EXPECT_EQ(shown(duration, "1500"), "1500ms");
    EXPECT_EQ(shown(duration, "90s"), "90s");
    EXPECT_EQ(shown(duration, "3600000"), "1h");
    EXPECT_EQ(shown(duration, "1.5s"), "error: wrong-type");
    EXPECT_EQ(shown(duration, "s"), "error: wrong-type");
    EXPECT_EQ(shown(duration, "99999999999999999999s"), "error: wrong-type");
    EXPECT_EQ(shown(size, "64KiB"), "65536");
    EXPECT_EQ(shown(size, "64 KiB"), "error: wrong-type");
    EXPECT_EQ(shown(size, "10mb"), "10000000");
    EXPECT_EQ(shown(size, "-1"), "error: wrong-type");
    EXPECT_EQ(shown(size, "9999999999TiB"), "error: wrong-type");
    EXPECT_EQ(shown(zone, "+05:30"), "+05:30");
    EXPECT_EQ(shown(zone, "-00:00"), "UTC");
    EXPECT_EQ(shown(zone, "+5:30"), "error: bad-value");
    EXPECT_EQ(shown(zone, "+14:61"), "error: out-of-range");
}

TEST(Values, Brokers) {
    EXPECT_EQ(parse_broker("a"), "a:9092");
    EXPECT_EQ(parse_broker("PLAINTEXT://a:1"), "a:1");
    EXPECT_EQ(parse_broker("[::1]"), "[::1]:9092");
    EXPECT_EQ(parse_broker("[::1]:65535"), "[::1]:65535");
    for (const char* bad :
         {"", ":1", "a:", "a:0", "a:65536", "a:b", "a b:1", "a:1:2", "[::1]x", "u@a:1", "a/b:1"}) {
        EXPECT_FALSE(parse_broker(bad).has_value()) << bad;
    }
}

TEST(Schema, IsJsonAndKnowsEveryKey) {
    const nlohmann::json schema = nlohmann::json::parse(json_schema());
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (const Key& key : keys()) {
        const nlohmann::json* at = &schema;
        std::string_view rest = key.path;
        while (!rest.empty()) {
            const std::string name(rest.substr(0, rest.find('.')));
            EXPECT_EQ((*at)["additionalProperties"], false);
            ASSERT_TRUE((*at)["properties"].contains(name)) << key.path;
            at = &(*at)["properties"][name];
            rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        }
        EXPECT_TRUE(at->contains("description")) << key.path;
        EXPECT_TRUE(at->contains("anyOf")) << key.path;
    }
}

// docs/configuration.md is what `spoor config reference` prints. SPOOR_UPDATE=1 rewrites it.
TEST(Reference, ThePageInTheDocsIsTheOneThatIsPrinted) {
    const fs::path page = fs::path(SPOOR_SOURCE_DIR) / "docs" / "configuration.md";
    const char* setting = std::getenv("SPOOR_UPDATE");
    if (setting != nullptr && std::string(setting) == "1") {
        std::ofstream(page, std::ios::binary) << reference_page();
    }
    EXPECT_EQ(reference_page(), content(page))
        << "run: spoor config reference > docs/configuration.md";
}

TEST(Reference, NamesEveryKey) {
    const std::string page = reference_page();
    for (const Key& key : keys()) {
        EXPECT_NE(page.find("| `" + std::string(key.path) + "` |"), std::string::npos) << key.path;
    }
}

TEST(Listing, HasALineForEachKey) {
    const std::vector<Shown> shown = {{"a.b", "1", "c.yaml:3", true},
                                      {"long.key", "x", "default", false}};
    EXPECT_EQ(listing(shown),
              "a.b = 1       # c.yaml:3\n"
              "long.key = x  # default (no effect)\n");
    const auto json = nlohmann::json::parse(listing_json(shown));
    ASSERT_EQ(json.size(), 2U);
    EXPECT_EQ(json[0]["origin"], "c.yaml:3");
    EXPECT_EQ(json[1]["has_effect"], false);
}

}  // namespace
}  // namespace spoor::config
