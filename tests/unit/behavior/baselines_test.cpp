#include "base/random.hpp"
#include "behavior/behavior.hpp"
#include "unit/alert/schema_check.hpp"
#include "unit/behavior/event_maker.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace spoor::behavior {
namespace {

using testing::at;
using testing::EventMaker;

constexpr double minutes = 60;
constexpr double days = 86400;

class BaselinesTest : public ::testing::Test {
protected:
    BaselinesTest() : detector_(make_baselines({})), state_(detector_->make_state()) {}

    Event event(std::string_view host,
                double seconds,
                std::string_view type,
                std::vector<Field> more = {}) {
        more.push_back(Field::text(FieldId::event_type, type));
        return maker_.make(
            host, at(seconds), EventRef{part_, part_, offset_++, 0}, std::move(more));
    }

    Event login(std::string_view host,
                double seconds,
                bool fails,
                std::string_view source = "10.0.0.5") {
        return event(host,
                     seconds,
                     "authentication",
                     {Field::text(FieldId::outcome, fails ? "failure" : "success"),
                      Field::text(FieldId::user_name, "ann"),
                      Field::text(FieldId::source_ip, maker_.keep(source))});
    }

    Event vector(std::string_view host, double seconds, double cpu) {
        Event e = maker_.make(host,
                              at(seconds),
                              EventRef{part_, part_, offset_++, 0},
                              {Field::of_real(FieldId::f_cpu_usage, cpu)});
        e.shape = EventShape::feature_vector;
        return e;
    }

    void inspect(const std::vector<Event>& events) {
        detector_->inspect(events, origins_, *state_, out_);
    }

    // Three events every window, and now and then a failed login.
    void quiet(std::string_view host, double from, double to) {
        std::vector<Event> events;
        Random random(7);
        for (double t = from; t < to; t += 200) {
            events.push_back(login(host, t, random.chance(0.03)));
        }
        inspect(events);
    }

    OriginTable origins_;
    std::uint32_t part_ = origins_.intern("kafka:C/T/0");
    EventMaker maker_;
    std::int64_t offset_ = 0;
    std::unique_ptr<alert::Detector> detector_;
    std::unique_ptr<alert::DetectorState> state_;
    alert::Findings out_;
};

TEST_F(BaselinesTest, a_burst_of_failed_logins_is_seen_and_explained) {
    quiet("Host1", 0, 3 * days);
    EXPECT_TRUE(out_.alerts.empty());
    std::vector<Event> burst;
    for (int i = 0; i < 15; ++i) {
        burst.push_back(login("Host1", 3 * days + 30 + i * 5, true, "203.0.113.9"));
    }
    inspect(burst);
    EXPECT_TRUE(out_.alerts.empty()) << "the window is still open";
    quiet("Host1", 3 * days + 10 * minutes + 11, 3 * days + 60 * minutes);
    ASSERT_EQ(out_.alerts.size(), 1U);
    const auto json = nlohmann::json::parse(out_.alerts[0].json);
    EXPECT_EQ(testing::check_schema(testing::alert_schema(), json, true),
              std::vector<std::string>{});
    EXPECT_EQ(json["host"], "Host1");
    EXPECT_EQ(json["score_kind"], "tail_probability");
    EXPECT_EQ(json["window"]["start"], "2026-01-08T00:00:00Z");
    EXPECT_EQ(json["window"]["events"], 15);
    EXPECT_EQ(json["features"]["number_of_failed_logins"], 15);
    EXPECT_LT(json["p_corrected"], 1e-9);
    EXPECT_GE(json["p_corrected"], json["p_value"]);
    EXPECT_NEAR(json["anomaly_score"].get<double>(),
                std::min(1.0, -std::log10(json["p_corrected"].get<double>()) / 10),
                1e-9);
    EXPECT_EQ(json["severity"], "Critical");
    EXPECT_EQ(json["evidence"].size(), 2U);
    bool has_brute_force = false;
    for (const auto& t : json["mitre_attack"]["techniques"]) {
        has_brute_force = has_brute_force || t["id"] == "T1110";
    }
    EXPECT_TRUE(has_brute_force);
    const auto& notes = json["explanation"]["features"];
    ASSERT_GE(notes.size(), 2U);
    EXPECT_LE(notes[0]["p_value"], notes[1]["p_value"]);
    EXPECT_EQ(notes[0]["direction"], "above");
}

TEST_F(BaselinesTest, a_window_fires_only_on_the_event_that_crosses_its_edge_and_the_lateness) {
    quiet("h", 0, 2 * days);
    std::vector<Event> burst;
    for (int i = 0; i < 20; ++i) {
        burst.push_back(login("h", 2 * days + i, true));
    }
    inspect(burst);
    inspect({login("h", 2 * days + 10 * minutes + 9.9, false)});
    inspect({login("other", 3 * days, false)});  // another host's time is not this one's
    EXPECT_TRUE(out_.alerts.empty());
    inspect({login("h", 2 * days + 10 * minutes + 10, false)});
    EXPECT_EQ(out_.alerts.size(), 1U);
    EXPECT_EQ(out_.counters.get("late_events"), 0U);
    inspect({login("h", 2 * days + 599, false)});
    EXPECT_EQ(out_.counters.get("late_events"), 1U);
}

TEST_F(BaselinesTest, nothing_alerts_before_the_warm_up) {
    quiet("h", 0, 0.5 * days);
    std::vector<Event> burst;
    for (int i = 0; i < 50; ++i) {
        burst.push_back(login("h", 0.5 * days + i, true));
    }
    inspect(burst);
    detector_->close_windows(origins_, *state_, out_);
    EXPECT_TRUE(out_.alerts.empty());
}

TEST_F(BaselinesTest, events_without_time_or_host_enter_no_window) {
    Event timeless = login("h", 0, false);
    timeless.time = no_time;
    Event absurd = login("h", 0, false);
    absurd.time = Timestamp::max();
    inspect({timeless, absurd, login("", 1, false)});
    EXPECT_EQ(out_.counters.get("events_without_time"), 1U) << "the decoder counts the other";
    EXPECT_EQ(out_.counters.get("events_without_host"), 1U);
    std::vector<alert::StateRow> rows;
    detector_->collect_changed(origins_, *state_, rows);
    EXPECT_TRUE(rows.empty());
}

TEST_F(BaselinesTest, labels_change_nothing) {
    const auto rows_of = [&](bool labelled) {
        auto state = detector_->make_state();
        std::vector<Field> fields = {Field::text(FieldId::process_name, "nc"),
                                     Field::text(FieldId::action, "created")};
        if (labelled) {
            fields.push_back(Field::text(FieldId::severity, "Critical"));
            fields.push_back(Field::text(FieldId::reason, "evil"));
            fields.push_back(Field::text(FieldId::scenario_id, "scenario-0001"));
            fields.push_back(Field::of_integer(FieldId::scenario_stage, 2));
        }
        offset_ = 100;
        std::vector<alert::StateRow> rows;
        detector_->inspect(
            std::vector<Event>{event("h", 5, "process", fields)}, origins_, *state, out_);
        detector_->collect_changed(origins_, *state, rows);
        return rows;
    };
    EXPECT_EQ(rows_of(false), rows_of(true));
}

TEST_F(BaselinesTest, gauges_of_vectors_average_and_an_unheard_of_level_alerts) {
    Random random(3);
    std::vector<Event> events;
    for (double t = 0; t < 2 * days; t += 60) {
        events.push_back(vector("h", t, random.uniform(0.1, 0.3)));
    }
    for (double t = 2 * days; t < 2 * days + 600; t += 60) {
        events.push_back(vector("h", t, 0.75));  // below the fixed limit of 0.8
    }
    inspect(events);
    EXPECT_TRUE(out_.alerts.empty());
    detector_->close_windows(origins_, *state_, out_);
    ASSERT_EQ(out_.alerts.size(), 1U);
    const auto json = nlohmann::json::parse(out_.alerts[0].json);
    EXPECT_NEAR(json["features"]["cpu_usage_mean"].get<double>(), 0.75, 1e-6);
    EXPECT_NEAR(json["explanation"]["features"][0]["expected"].get<double>(), 0.2, 0.02);
    EXPECT_FALSE(json["features"].contains("number_of_logins")) << "missing is never zero";
}

TEST_F(BaselinesTest, numbers_out_of_range_are_counted_and_left_out) {
    inspect({vector("h", 0, 1e300),
             vector("h", 1, std::numeric_limits<double>::quiet_NaN()),
             vector("h", 2, std::numeric_limits<double>::infinity())});
    EXPECT_EQ(out_.counters.get("features_out_of_range"), 3U);
}

// Poisoning: a new level is reported, again for some windows, and then it is the normal one.
TEST_F(BaselinesTest, a_lasting_change_is_learned_in_the_end) {
    quiet("h", 0, 3 * days);
    for (int day = 3; day < 8; ++day) {
        std::vector<Event> events;
        for (double t = day * days; t < (day + 1) * days; t += 10) {
            events.push_back(login("h", t, true));
        }
        const std::size_t before = out_.alerts.size();
        inspect(events);
        const std::size_t fresh = out_.alerts.size() - before;
        if (day == 3) {
            EXPECT_GE(fresh, 3U) << "it is not learned at once";
        }
        EXPECT_LE(fresh, day == 3 ? 60U : 2U) << "day " << day;
    }
}

// One wild window must not blunt the baseline for the next attack.
TEST_F(BaselinesTest, an_unusual_window_trains_with_bounded_weight) {
    quiet("h", 0, 3 * days);
    const auto burst = [&](double from, int n) {
        std::vector<Event> events;
        for (int i = 0; i < n; ++i) {
            events.push_back(login("h", from + i * 0.01, true));
        }
        inspect(events);
    };
    burst(3 * days, 50'000);
    quiet("h", 3 * days + 20 * minutes, 3 * days + 120 * minutes);
    EXPECT_EQ(out_.alerts.size(), 1U);
    burst(3 * days + 121 * minutes, 20);
    quiet("h", 3 * days + 140 * minutes, 3 * days + 200 * minutes);
    EXPECT_EQ(out_.alerts.size(), 2U);
}

// With every part of the week in use, for hosts of either kind.
TEST_F(BaselinesTest, a_host_takes_less_than_2_kb) {
    constexpr int num_hosts = 512;
    for (const bool vectors : {true, false}) {
        const auto state = detector_->make_state();
        for (double t = 0; t < 8 * days; t += 3 * 3600) {
            std::vector<Event> events;
            for (int h = 0; h < num_hosts; ++h) {
                const auto name = maker_.keep("workstation-" + std::to_string(1000 + h));
                events.push_back(vectors ? vector(name, t, 0.5) : login(name, t, false));
            }
            detector_->inspect(events, origins_, *state, out_);
        }
        EXPECT_LT(detector_->state_bytes(*state) / num_hosts, 2048U) << vectors;
        std::printf("  %zu bytes a host\n", detector_->state_bytes(*state) / num_hosts);
    }
}

TEST_F(BaselinesTest, drop_partition_forgets_its_hosts_only) {
    const auto other = origins_.intern("kafka:C/T/1");
    quiet("h", 0, 1 * days);
    std::vector<alert::StateRow> rows;
    detector_->collect_changed(origins_, *state_, rows);
    ASSERT_EQ(rows.size(), 1U);
    Event there = login("h", 5, false);
    there.ref.partition = there.ref.origin = other;
    inspect({there});
    detector_->drop_partition(part_, *state_);
    rows.clear();
    detector_->collect_changed(origins_, *state_, rows);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].partition, "kafka:C/T/1");
    detector_->close_windows(origins_, *state_, out_);
    rows.clear();
    detector_->collect_changed(origins_, *state_, rows);
    EXPECT_EQ(rows.size(), 1U);
}

TEST_F(BaselinesTest, a_row_of_another_window_length_or_version_is_refused) {
    quiet("h", 0, 1 * days);
    std::vector<alert::StateRow> rows;
    detector_->collect_changed(origins_, *state_, rows);
    BaselineOptions other;
    other.window = std::chrono::minutes{5};
    const auto detector = make_baselines(other);
    auto state = detector->make_state();
    EXPECT_FALSE(detector->restore(rows[0], origins_, *state));
    auto fresh = detector_->make_state();
    EXPECT_TRUE(detector_->restore(rows[0], origins_, *fresh));
    EXPECT_FALSE(detector_->restore(rows[0], origins_, *fresh)) << "twice";
    rows[0].version = 99;
    EXPECT_FALSE(detector_->restore(rows[0], origins_, *detector_->make_state()));
}

}  // namespace
}  // namespace spoor::behavior
