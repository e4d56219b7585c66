// Public recordings of Windows attack steps (OTRF Security-Datasets, flat NXLog form), where they
// are: SPOOR_DATA_DIR names the folder that holds windows-attacks/otrf-atomic. They are not part of
// this repository.
#include "decode_fixture.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace spoor::decode {
namespace {

namespace fs = std::filesystem;

std::string unpacked(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string packed((std::istreambuf_iterator<char>(in)),
                             std::istreambuf_iterator<char>());
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
    std::string out;
    std::string chunk(1 << 20, '\0');
    ZSTD_inBuffer from{packed.data(), packed.size(), 0};
    while (from.pos < from.size) {
        ZSTD_outBuffer to{chunk.data(), chunk.size(), 0};
        const std::size_t result = ZSTD_decompressStream(context.get(), &to, &from);
        if (ZSTD_isError(result) != 0U) {
            ADD_FAILURE() << path << ": " << ZSTD_getErrorName(result);
            return {};
        }
        out.append(chunk.data(), to.pos);
    }
    return out;
}

struct Totals {
    std::uint64_t events = 0;
    std::uint64_t rejected = 0;
    std::uint64_t with_time = 0;
    std::uint64_t with_host = 0;
    std::uint64_t windows = 0;
    std::uint64_t probe_differs = 0;
    std::map<std::string, std::uint64_t> services;
    std::map<std::string, std::uint64_t> categories;
    std::map<std::string, std::uint64_t> types;
};

void decode_all(const std::string& text, Totals& totals) {
    std::vector<Piece> pieces;
    split_record(text, pieces);
    Decoder decoder{{}};
    HostProbe probe;
    RecordBatch batch;
    std::size_t next = 0;
    while (next < pieces.size()) {
        batch.clear();
        for (; next < pieces.size() && !batch.full(); ++next) {
            batch.append({}, no_time, pieces[next].text);
        }
        decoder.decode(batch);
        totals.rejected += decoder.rejected().size();
        for (const Event& event : decoder.events()) {
            ++totals.events;
            totals.with_time += event.time_origin == TimeOrigin::event ? 1U : 0U;
            totals.with_host += event.host_key != "-" ? 1U : 0U;
            totals.windows += event.shape == EventShape::windows ? 1U : 0U;
            ++totals.services[std::string(event.service)];
            ++totals.categories[std::string(event.category)];
            ++totals.types[std::string(event.text(FieldId::event_type))];
            // `raw` lies in the batch, so it has the padding that the probe needs.
            totals.probe_differs += probe.host_key(event.raw) != event.host_key ? 1U : 0U;
        }
    }
}

TEST(DecodeRecordings, OtrfAtomicStepsDecodeWhole) {
    const char* data = std::getenv("SPOOR_DATA_DIR");
    if (data == nullptr) {
        GTEST_SKIP() << "SPOOR_DATA_DIR is not set: the recordings are not looked at";
    }
    const fs::path folder = fs::path(data) / "windows-attacks/otrf-atomic";
    if (!fs::exists(folder)) {
        GTEST_SKIP() << folder << " is not there: the recordings are not looked at";
    }
    Totals totals;
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".zst") {
            ++files;
            decode_all(unpacked(entry.path()), totals);
        }
    }
    // Counts of files, events and channels are facts of the data set.
    EXPECT_EQ(files, 34U);
    EXPECT_EQ(totals.events, 42'127U);
    EXPECT_EQ(totals.rejected, 0U);
    EXPECT_EQ(totals.probe_differs, 0U);
    EXPECT_EQ(totals.windows, totals.events);
    EXPECT_GE(totals.with_time, totals.events * 99 / 100);
    EXPECT_GE(totals.with_host, totals.events * 99 / 100);
    EXPECT_EQ(totals.services["sysmon"], 27'676U);
    EXPECT_EQ(totals.services["security"], 12'609U + 340U);  // written in two ways
    EXPECT_EQ(totals.services["powershell-classic"], 457U);
    EXPECT_EQ(totals.services["powershell"], 371U);
    EXPECT_EQ(totals.services["system"], 45U);
    EXPECT_GT(totals.types["authentication"], 0U);
    EXPECT_GT(totals.types["process"], 0U);
    RecordProperty("with_time", std::to_string(totals.with_time));
    for (const auto& [name, n] : totals.categories) {
        RecordProperty("category_" + (name.empty() ? "none" : name), std::to_string(n));
    }
    for (const auto& [name, n] : totals.types) {
        RecordProperty("type_" + (name.empty() ? "none" : name), std::to_string(n));
    }
}

}  // namespace
}  // namespace spoor::decode
