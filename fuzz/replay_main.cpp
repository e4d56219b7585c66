// Runs a fuzz target over files or folders of files: the committed corpus as a plain test, without
// libFuzzer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t num_inputs = 0;
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_directory(argv[i])) {
            for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
                if (entry.is_regular_file()) {
                    run_file(entry.path());
                    ++num_inputs;
                }
            }
        } else if (!std::filesystem::is_regular_file(argv[i])) {
            std::fprintf(stderr, "%s is no file and no folder\n", argv[i]);
            return 1;
        } else {
            run_file(argv[i]);
            ++num_inputs;
        }
    }
    std::printf("%zu inputs replayed\n", num_inputs);
    return num_inputs > 0 ? 0 : 1;
}
