// What reading alone costs: bench_sigma_visit FILE [seconds]. simdjson On-Demand visits every field
// of each line of an NDJSON file held in memory, round after round; prints the best round as JSON.
// It is the baseline that compare.py sets the engines against.

#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string_view>

namespace {

namespace ondemand = simdjson::ondemand;

// Of the processor, not the clock: other work on the machine then counts less.
double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void visit(ondemand::value value, std::size_t& sum) {
    switch (value.type().value_unsafe()) {
        case ondemand::json_type::object:
            for (auto field : value.get_object()) {
                sum += std::string_view(field.unescaped_key()).size();
                visit(field.value(), sum);
            }
            break;
        case ondemand::json_type::array:
            for (auto element : value.get_array()) {
                visit(element.value(), sum);
            }
            break;
        case ondemand::json_type::string:
            sum += std::string_view(value.get_string()).size();
            break;
        case ondemand::json_type::number:
            sum += static_cast<double>(value.get_double()) > 0.5 ? 1U : 0U;
            break;
        case ondemand::json_type::boolean:
            sum += static_cast<bool>(value.get_bool()) ? 1U : 0U;
            break;
        case ondemand::json_type::null:
            break;
    }
}

// Visits all lines once. The text behind a line serves as the padding that simdjson asks for.
std::size_t visit_all(std::string_view text, ondemand::parser& parser, std::size_t& sum) {
    std::size_t num_lines = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        ondemand::document document =
            parser.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
        for (auto field : document.get_object()) {
            sum += std::string_view(field.unescaped_key()).size();
            visit(field.value(), sum);
        }
        ++num_lines;
        at = end + 1;
    }
    return num_lines;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        std::puts("usage: bench_sigma_visit FILE [seconds]; run by benchmarks/sigma/compare.py");
        return 0;
    }
    const double limit = argc > 2 ? std::atof(argv[2]) : 2.0;
    const simdjson::padded_string text = simdjson::padded_string::load(argv[1]);
    ondemand::parser parser;
    std::size_t num_lines = 0;
    std::size_t sum = 0;
    double best = 1e300;
    for (double total = 0; total < limit;) {
        const double begin = processor_seconds();
        num_lines = visit_all({text.data(), text.size()}, parser, sum);
        const double seconds = processor_seconds() - begin;
        best = std::min(best, seconds);
        total += seconds;
    }
    std::printf(R"({"events":%zu,"events_per_second":%.0f,"bytes_per_second":%.0f,"sum":%zu})",
                num_lines,
                static_cast<double>(num_lines) / best,
                static_cast<double>(text.size()) / best,
                sum);
    std::putchar('\n');
    return num_lines == 0 ? 1 : 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_sigma_visit: %s\n", error.what());
    return 1;
}
