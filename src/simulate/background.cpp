#include "simulate/background.hpp"

#include "simulate/draw.hpp"
#include "simulate/generators.hpp"

#include <algorithm>

namespace spoor::simulate {

std::span<const Kind> kinds(EventClass event_class) {
    switch (event_class) {
        case EventClass::network:
            return network_kinds();
        case EventClass::endpoint:
            return endpoint_kinds();
        case EventClass::user:
            return user_kinds();
    }
    return {};
}

std::size_t Draft::choose(std::uint64_t kind, std::size_t size, std::size_t habits) {
    if (!realistic) {
        return random.below(size);
    }
    return trait(host.seed, kind, random.below(habits)) % size;
}

namespace {

struct Job {
    bool windows;
    int hour;  // UTC; -1: every hour
    Program program;
};

constexpr Job jobs_table[] = {
    {false,
     -1,
     {"logrotate",
      "/usr/sbin/logrotate",
      "cron",
      "/usr/sbin/cron",
      "logrotate /etc/logrotate.conf"}},
    {false, 2, {"rsync", "/usr/bin/rsync", "cron", "/usr/sbin/cron", "rsync -a /srv /backup"}},
    {true,
     12,
     {"MpCmdRun.exe",
      R"(C:\Program Files\Windows Defender\MpCmdRun.exe)",
      "svchost.exe",
      R"(C:\Windows\System32\svchost.exe)",
      "MpCmdRun.exe -Scan -ScanType 1"}},
};

}  // namespace

Background::Background(const World& world,
                       const config::Simulation& settings,
                       bool strip_labels,
                       const Random& random)
    : world_(world),
      realistic_(world.realism() != Realism::basic),
      chains_(world.realism() == Realism::advanced),
      strip_labels_(strip_labels),
      rate_(settings.rate_per_minute),
      random_(random.fork("background")),
      job_random_(random.fork("jobs")) {
    const double network = std::max(settings.share_network, 0.0);
    const double endpoint = std::max(settings.share_endpoint, 0.0);
    const double all = network + endpoint + std::max(settings.share_user, 0.0);
    if (all > 0) {
        upto_[0] = network / all;
        upto_[1] = (network + endpoint) / all;
    } else {
        rate_ = 0;
    }
    if (chains_) {
        for (std::size_t i = 0; i < world.hosts().size(); ++i) {
            const std::uint64_t minute = trait(world.hosts()[i].seed, 30, 0) % 60;
            hosts_by_minute_[minute].push_back(static_cast<std::uint32_t>(i));
        }
    }
}

std::optional<Duration> Background::gap() {
    if (!(rate_ > 0)) {
        return std::nullopt;
    }
    constexpr double minute = 60e6;
    // Beyond a million years a gap would not fit.
    const double mean = std::min(minute / rate_, 3e18);
    return random_gap(random_, Duration{static_cast<std::int64_t>(mean)});
}

const Kind& Background::pick_kind(int event_class) {
    const std::span<const Kind> all = kinds(static_cast<EventClass>(event_class));
    if (!realistic_) {
        return pick(random_, all);
    }
    std::uint64_t x = random_.below(1000);
    std::size_t i = 0;
    while (i + 1 < all.size() && x >= all[i].realistic_share) {
        x -= all[i].realistic_share;
        ++i;
    }
    return all[i];
}

std::optional<Message> Background::event(Timestamp time, std::vector<Message>& followers) {
    const double x = random_.uniform();
    const int event_class = x < upto_[0] ? 0 : x < upto_[1] ? 1 : 2;
    const Kind& kind = pick_kind(event_class);
    const User* user = event_class == 2 ? &pick(random_, world_.users()) : nullptr;
    const Host& host = world_.hosts()[user != nullptr ? user->host : world_.pick_host(random_)];
    if (!random_.chance(world_.activity(host.role, time))) {
        return std::nullopt;
    }
    Draft draft{world_, random_, time, host, user, realistic_, strip_labels_, {}, nullptr};
    if (chains_) {
        draft.followers = &followers;
    }
    draft.json.reserve(768);
    kind.write(draft);
    Message m;
    m.time = time;
    m.host = host.name;
    m.json = std::move(draft.json);
    return m;
}

void Background::jobs(Timestamp minute, std::vector<Message>& out) {
    const auto since = std::chrono::floor<std::chrono::minutes>(minute).time_since_epoch();
    const auto hour = std::chrono::floor<std::chrono::hours>(since);
    const auto hour_of_day = static_cast<int>(hour.count() % 24);
    for (const std::uint32_t index :
         hosts_by_minute_[static_cast<std::size_t>((since - hour).count())]) {
        const Host& host = world_.hosts()[index];
        for (const Job& job : jobs_table) {
            if (job.windows != runs_windows(host.role) ||
                (job.hour >= 0 && job.hour != hour_of_day)) {
                continue;
            }
            const Duration wait = std::chrono::seconds{job_random_.between(0, 2)};
            const Duration length = std::chrono::seconds{job_random_.between(5, 40)};
            const std::int64_t id = job_random_.between(250, 8000) * 4;
            const ProcessRun run{
                job.program, job.windows ? std::string_view("SYSTEM") : "root", id, 1000};
            for (const bool ends : {false, true}) {
                Message m;
                m.time = minute + wait + (ends ? length : Duration{0});
                m.host = host.name;
                EventText text(m.json, strip_labels_);
                text.begin(m.time, EventSeverity::low, "process", host.name, "host");
                set_process(text, run, ends ? "terminated" : "created");
                text.end();
                out.push_back(std::move(m));
            }
        }
    }
}

}  // namespace spoor::simulate
