// What the store's tests share: a folder that goes away, and alerts, letters and rows to put in.
#pragma once

#include "alert/alert.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace spoor::store {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "spoor-store-XXXXXX");
        path_ = ::mkdtemp(pattern.data());
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline Timestamp at_second(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{1'700'000'000 + seconds}};
}

inline alert::Alert make_alert(std::uint64_t number, std::string_view tail = "") {
    alert::Alert alert;
    alert.id = alert::make_id("rule", "1", "host", std::to_string(number));
    alert.time = at_second(static_cast<std::int64_t>(number));
    alert.level = static_cast<alert::Level>(number % 5);
    alert.detector = number % 2 == 0 ? "threshold" : "behavior";
    alert.rule_id = "spoor.rule-" + std::to_string(number % 7);
    alert.host = "host-" + std::to_string(number % 11);
    alert.entity = alert.host;
    alert.techniques = {"T1041", "T1059.00" + std::to_string(number % 3)};
    alert.summary = "summary of " + std::to_string(number);
    alert.json = R"({"id":")" + alert.id + R"(","message":"message )" + std::to_string(number) +
                 std::string(tail) + R"("})";
    return alert;
}

inline alert::DeadLetter make_letter(std::uint64_t number) {
    alert::DeadLetter letter;
    letter.ref = "kafka:C/T/0/" + std::to_string(number) + "#0";
    letter.partition = "kafka:C/T/0";
    letter.reason = number % 2 == 0 ? "bad_json" : "not_an_object";
    letter.detail = "at byte " + std::to_string(number);
    letter.record_time = at_second(static_cast<std::int64_t>(number));
    letter.payload = std::string("{\0broken ", 9) + std::to_string(number);
    letter.payload_size = letter.payload.size();
    return letter;
}

inline alert::StateRow make_row(std::string detector,
                                std::string partition,
                                std::string entity,
                                std::string bytes,
                                std::uint32_t version = 1) {
    return {
        std::move(detector), version, std::move(partition), std::move(entity), std::move(bytes)};
}

inline Epoch make_epoch(std::uint64_t number) {
    Epoch epoch;
    epoch.number = number;
    epoch.stored_at = at_second(100'000 + static_cast<std::int64_t>(number));
    return epoch;
}

}  // namespace spoor::store
