// How fast made-up events are made: the producer of a benchmark must not be its bottleneck.
#include "simulate/produce_stream.hpp"
#include "simulate/simulate.hpp"

#include <benchmark/benchmark.h>

namespace spoor::simulate {
namespace {

const Timestamp start = Timestamp{std::chrono::seconds{1'772'409'600}};

void feature_messages(benchmark::State& state) {
    ProduceOptions options;
    options.features.start = start;
    options.features.num_hosts = static_cast<int>(state.range(0));
    options.messages = ~std::uint64_t{0} / 2;
    ProduceStream stream(options);
    std::int64_t bytes = 0;
    for (auto _ : state) {
        const auto record = stream.next();
        bytes += static_cast<std::int64_t>(record->message.json.size());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(bytes);
}

BENCHMARK(feature_messages)->Arg(0)->Arg(1000)->Arg(100'000);

void campaign(benchmark::State& state, const char* realism) {
    CampaignOptions options;
    options.start = start;
    options.length = std::chrono::hours{24 * 365 * 100};
    options.settings.realism = realism;
    options.settings.rate_per_minute = 1000;
    Campaign campaign(options);
    std::int64_t bytes = 0;
    for (auto _ : state) {
        bytes += static_cast<std::int64_t>(campaign.next()->json.size());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(bytes);
}

BENCHMARK_CAPTURE(campaign, basic, "basic");
BENCHMARK_CAPTURE(campaign, intermediate, "intermediate");
BENCHMARK_CAPTURE(campaign, advanced, "advanced");

}  // namespace
}  // namespace spoor::simulate
