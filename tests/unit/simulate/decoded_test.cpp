// What the simulator makes, as the decoder sees it: poison is one dead letter each, everything else
// is an event with the host and time that the simulator meant.
#include "decode/decoder.hpp"
#include "simulate/produce_stream.hpp"
#include "simulate/simulate.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace spoor::simulate {
namespace {

const Timestamp start = parse_time("2026-03-02T09:00:00Z").value();

// Decodes one record; what it becomes, in a form to compare.
struct Outcome {
    std::size_t events = 0;
    std::vector<decode::Reason> rejected;
};

class Reader {
public:
    // `look` sees each event while its views hold.
    template <class Look>
    Outcome read(const std::string& record, const Look& look) {
        Outcome outcome;
        std::vector<decode::Piece> pieces;
        decode::split_record(record, pieces);
        RecordBatch batch;
        for (const decode::Piece& piece : pieces) {
            if (piece.reason != decode::Reason::ok) {
                outcome.rejected.push_back(piece.reason);
            } else {
                batch.append({}, no_time, piece.text);
            }
        }
        decoder_.decode(batch);
        for (const Event& event : decoder_.events()) {
            look(event);
            ++outcome.events;
        }
        for (const decode::Rejected& rejected : decoder_.rejected()) {
            outcome.rejected.push_back(rejected.reason);
        }
        return outcome;
    }

    Outcome read(const std::string& record) {
        return read(record, [](const Event&) {});
    }

private:
    decode::Decoder decoder_{decode::Options{}};
};

TEST(Decoded, APoisonRecordIsOneDeadLetterAndNoEvent) {
    FeatureOptions options;
    options.start = start;
    FeatureMessages messages(options);
    Reader reader;
    std::map<decode::Reason, int> reasons;
    for (std::uint64_t i = 0; i < 10 * num_poison_kinds; ++i) {
        const Message poison = messages.next_poison();
        const Outcome outcome = reader.read(poison.json);
        EXPECT_EQ(outcome.events, 0U) << poison.json;
        ASSERT_EQ(outcome.rejected.size(), 1U) << poison.json;
        ++reasons[outcome.rejected[0]];
    }
    EXPECT_GE(reasons.size(), 6U);
}

TEST(Decoded, AnArrayWithABadElementLosesThatElementOnly) {
    FeatureOptions options;
    options.start = start;
    FeatureMessages messages(options);
    Reader reader;
    const Outcome outcome = reader.read(messages.next_array(5, true).json);
    EXPECT_EQ(outcome.events, 4U);
    EXPECT_EQ(outcome.rejected, std::vector{decode::Reason::not_an_object});
}

TEST(Decoded, FeatureMessagesAreVectorsWithAllTenFeatures) {
    FeatureOptions options;
    options.start = start;
    FeatureMessages messages(options);
    Reader reader;
    for (int i = 0; i < 100; ++i) {
        const Message m = messages.next();
        const Outcome outcome = reader.read(m.json, [&](const Event& event) {
            EXPECT_EQ(event.shape, EventShape::feature_vector);
            EXPECT_EQ(event.host, m.host);
            EXPECT_EQ(event.time, m.time);
            std::size_t features = 0;
            for (const Field& field : event.fields) {
                features += field.id >= first_feature ? 1U : 0U;
            }
            EXPECT_EQ(features, num_features);
        });
        EXPECT_EQ(outcome.events, 1U);
    }
}

TEST(Decoded, SimulatedEventsHaveTheirHostAndTime) {
    for (const bool strip : {false, true}) {
        CampaignOptions options;
        options.start = start;
        options.length = std::chrono::hours{24};
        options.settings.realism = "advanced";
        options.strip_labels = strip;
        options.planned = {{"data_exfiltration", std::chrono::hours{1}},
                           {"brute_force", std::chrono::hours{2}}};
        Campaign campaign(options);
        Reader reader;
        while (const auto m = campaign.next()) {
            const Outcome outcome = reader.read(m->json, [&](const Event& event) {
                EXPECT_EQ(event.shape, EventShape::simulation) << m->json;
                EXPECT_TRUE(event.is_simulated);
                EXPECT_EQ(event.host, m->host) << m->json;
                EXPECT_EQ(event.time, m->time);
                EXPECT_FALSE(event.text(FieldId::event_type).empty());
            });
            ASSERT_EQ(outcome.events, 1U) << m->json;
        }
    }
}

}  // namespace
}  // namespace spoor::simulate
