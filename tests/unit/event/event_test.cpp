#include "event/event.hpp"

#include "event/field.hpp"
#include "event/origin.hpp"
#include "event/record_batch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace spoor {
namespace {

TEST(OriginTable, GivesOneNumberATextAndKeepsTheText) {
    OriginTable origins;
    const auto a = origins.intern("kafka:C/T/0");
    const std::string_view text = origins.text(a);
    for (int i = 0; i < 1000; ++i) {
        static_cast<void>(origins.intern("file:" + std::to_string(i)));
    }
    EXPECT_EQ(origins.intern("kafka:C/T/0"), a);
    EXPECT_EQ(text, "kafka:C/T/0");
    EXPECT_EQ(origins.text(a).data(), text.data());
}

TEST(OriginTable, WritesRefsOfBothKinds) {
    OriginTable origins;
    EventRef kafka;
    kafka.origin = origins.intern("kafka:C/T/3");
    kafka.position = 17;
    EXPECT_EQ(origins.ref(kafka), "kafka:C/T/3/17#0");
    EventRef file;
    file.origin = origins.intern("file:0123456789abcdef");
    file.position = 1234;
    file.element = 2;
    std::string out = "refs: ";
    origins.append_ref(out, file);
    EXPECT_EQ(out, "refs: file:0123456789abcdef@1234#2");
}

TEST(OriginTable, IsSafeFromManyThreads) {
    OriginTable origins;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&origins] {
            for (int i = 0; i < 500; ++i) {
                const std::string text = "kafka:C/T/" + std::to_string(i);
                EXPECT_EQ(origins.text(origins.intern(text)), text);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::set<std::uint32_t> numbers;
    for (int i = 0; i < 500; ++i) {
        numbers.insert(origins.intern("kafka:C/T/" + std::to_string(i)));
    }
    EXPECT_EQ(numbers.size(), 500U);
    EXPECT_EQ(*numbers.rbegin(), 499U);
}

TEST(OriginTableDeathTest, AnUnknownNumberIsABug) {
    const OriginTable origins;
    EXPECT_DEATH(static_cast<void>(origins.text(0)), "never interned");
}

TEST(RecordBatch, KeepsRecordsAndPadding) {
    RecordBatch batch;
    EventRef ref;
    ref.position = 5;
    batch.append(ref, no_time, R"({"a":1})");
    batch.append(ref, no_time, "");
    batch.append(ref, no_time, "x");
    ASSERT_EQ(batch.size(), 3U);
    EXPECT_EQ(batch.view(batch.rows()[0]), R"({"a":1})");
    EXPECT_EQ(batch.view(batch.rows()[1]), "");
    EXPECT_EQ(batch.view(batch.rows()[2]), "x");
    EXPECT_EQ(batch.rows()[0].ref.position, 5);
    // The padding behind the last record may be read.
    const std::string_view last = batch.view(batch.rows()[2]);
    const std::string with_padding(last.data(), last.size() + RecordBatch::padding);
    EXPECT_EQ(with_padding, "x" + std::string(RecordBatch::padding, '\0'));
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.bytes(), 0U);
}

TEST(RecordBatch, KeepsWhatItHoldsWhenItGrowsAndCanBeFilledAgainOnceMovedFrom) {
    const std::string large(RecordBatch::max_bytes - 10, 'l');
    const std::string larger(2 * RecordBatch::max_bytes, 'm');
    RecordBatch batch;
    batch.append({}, no_time, large);
    batch.append({}, no_time, larger);
    EXPECT_EQ(batch.view(batch.rows()[0]), large);
    EXPECT_EQ(batch.view(batch.rows()[1]), larger);

    RecordBatch other = std::move(batch);
    EXPECT_EQ(other.view(other.rows()[1]), larger);
    batch.append({}, no_time, "again");  // NOLINT(bugprone-use-after-move): what this asks
    EXPECT_EQ(batch.view(batch.rows()[0]), "again");
}

TEST(RecordBatch, IsFullByCountOrByBytesAndTakesALargeRecord) {
    RecordBatch by_count;
    for (std::size_t i = 0; i < RecordBatch::max_records; ++i) {
        EXPECT_FALSE(by_count.full());
        by_count.append({}, no_time, "{}");
    }
    EXPECT_TRUE(by_count.full());

    RecordBatch by_bytes;
    const std::string large(3 * RecordBatch::max_bytes, 'x');
    by_bytes.append({}, no_time, large);
    EXPECT_TRUE(by_bytes.full());
    EXPECT_EQ(by_bytes.view(by_bytes.rows()[0]), large);
}

TEST(Event, AMissingFieldIsNotThere) {
    const std::array<Field, 3> fields = {Field::text(FieldId::user_name, "alice"),
                                         Field::of_integer(FieldId::event_id, 0),
                                         Field::of_real(FieldId::f_cpu_usage, 0.5)};
    Event event;
    event.fields = fields;
    EXPECT_EQ(event.text(FieldId::user_name), "alice");
    ASSERT_NE(event.find(FieldId::event_id), nullptr);
    EXPECT_EQ(event.find(FieldId::event_id)->as_number(), 0.0);
    EXPECT_EQ(event.find(FieldId::source_port), nullptr);
    EXPECT_EQ(event.text(FieldId::event_id), "");  // a number is no text
    EXPECT_EQ(event.time_origin, TimeOrigin::none);
}

TEST(Field, AllNamesOfAFieldLeadToIt) {
    EXPECT_EQ(find_field("process.command_line"), FieldId::command_line);
    EXPECT_EQ(find_field("CommandLine"), FieldId::command_line);
    EXPECT_EQ(find_field("Image"), FieldId::process_image);
    EXPECT_EQ(find_field("process.executable"), FieldId::process_image);
    EXPECT_EQ(find_field("commandline"), std::nullopt);
    EXPECT_EQ(find_field(""), std::nullopt);
}

}  // namespace
}  // namespace spoor
