#include "base/assert.hpp"
#include "simulate/background.hpp"
#include "simulate/draw.hpp"
#include "simulate/scenario.hpp"
#include "simulate/simulate.hpp"
#include "simulate/world.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace spoor::simulate {

namespace {

// Programs and sessions whose end is still to come; beyond that many, ends are left out.
constexpr std::size_t max_followers = 20'000;

constexpr Timestamp never = Timestamp::max();

// A message that is made and waits for its time.
struct Waiting {
    Message message;
    std::uint64_t number;

    // For a heap with the earliest on top; of the same time the one made first.
    bool operator<(const Waiting& other) const {
        return message.time != other.message.time ? message.time > other.message.time
                                                  : number > other.number;
    }
};

double start_probability(std::string_view frequency) {
    return frequency == "low" ? 0.1 : frequency == "high" ? 0.5 : 0.3;
}

}  // namespace

struct Campaign::Parts {
    CampaignOptions options;
    Timestamp end;
    Random random;
    Random starts;
    World world;
    Background background;
    std::vector<Waiting> waiting;  // a heap
    std::vector<Message> made;     // scratch
    std::uint64_t num_waiting_made = 0;
    std::size_t next_planned = 0;
    int num_scenarios = 0;
    std::vector<Timestamp> running_until;
    Timestamp next_background = never;
    Timestamp next_start = never;  // minute in which a scenario may be started at random
    Timestamp next_jobs = never;

    explicit Parts(const CampaignOptions& o)
        : options(o),
          end(o.start + o.length),
          random(o.seed),
          starts(random.fork("starts")),
          world(o.settings, o.seed),
          background(world, o.settings, o.strip_labels, random) {
        SPOOR_ASSERT(o.start != no_time, "a campaign needs a start");
        std::stable_sort(options.planned.begin(),
                         options.planned.end(),
                         [](const auto& a, const auto& b) { return a.after < b.after; });
        schedule_background(o.start);
        if (o.settings.scenarios) {
            next_start = o.start;
        }
        if (world.realism() == Realism::advanced) {
            next_jobs = std::chrono::ceil<std::chrono::minutes>(o.start);
        }
    }

    void schedule_background(Timestamp from) {
        const auto gap = background.gap();
        next_background = !gap || *gap > end - from ? never : from + *gap;
    }

    void keep_made() {
        for (Message& m : made) {
            waiting.push_back({std::move(m), num_waiting_made++});
            std::push_heap(waiting.begin(), waiting.end());
        }
        made.clear();
    }

    void start_scenario(std::string_view name, std::string_view host, Timestamp at) {
        ScenarioPlan plan;
        const auto known = scenario_names();
        const auto it = std::find(known.begin(), known.end(), name);
        SPOOR_ASSERT(it != known.end(), "no such scenario");
        plan.type = *it;
        plan.id = fmt::format("scenario-{:04}", ++num_scenarios);
        plan.host = host;
        plan.start = at;
        const double rate = options.settings.rate_per_minute;
        plan.tick = rate > 0 ? Duration{static_cast<std::int64_t>(std::min(60e6 / rate, 1e12))}
                             : Duration{std::chrono::seconds{12}};
        plan.adaptive = options.settings.adaptive || world.realism() == Realism::advanced;
        plan.strip_labels = options.strip_labels;
        made = play(world, plan, random.fork(plan.id));
        if (!made.empty()) {
            running_until.push_back(made.back().time);
        }
        keep_made();
    }

    void start_planned() {
        const auto& planned = options.planned[next_planned++];
        start_scenario(planned.scenario, planned.host, options.start + planned.after);
    }

    void start_at_random() {
        const Timestamp minute = std::exchange(next_start, next_start + std::chrono::minutes{1});
        std::erase_if(running_until, [&](Timestamp until) { return until < minute; });
        const bool wanted = starts.chance(start_probability(options.settings.scenario_frequency));
        const std::string_view name = pick(starts, scenario_names());
        const Duration within{starts.between(0, 59'999'999)};
        if (wanted && std::ssize(running_until) < options.settings.scenarios_at_once) {
            start_scenario(name, {}, minute + within);
        }
    }

    void start_jobs() {
        background.jobs(std::exchange(next_jobs, next_jobs + std::chrono::minutes{1}), made);
        keep_made();
    }

    std::optional<Message> make_background() {
        const Timestamp time = next_background;
        std::optional<Message> m = background.event(time, made);
        if (waiting.size() > max_followers) {
            made.clear();
        }
        keep_made();
        schedule_background(time);
        return m;
    }

    [[nodiscard]] Timestamp next_plan_time() const {
        return next_planned < options.planned.size()
                   ? options.start + options.planned[next_planned].after
                   : never;
    }

    std::optional<Message> next() {
        while (true) {
            const Timestamp plan = next_plan_time();
            const Timestamp ready = waiting.empty() ? never : waiting.front().message.time;
            const Timestamp now = std::min({plan, next_start, next_jobs, ready, next_background});
            if (now >= end) {
                return std::nullopt;
            }
            // What makes messages of this time comes before those that are ready.
            if (now == plan) {
                start_planned();
            } else if (now == next_start) {
                start_at_random();
            } else if (now == next_jobs) {
                start_jobs();
            } else if (now == ready) {
                std::pop_heap(waiting.begin(), waiting.end());
                Message m = std::move(waiting.back().message);
                waiting.pop_back();
                return m;
            } else if (auto m = make_background()) {
                return m;
            }
        }
    }
};

Campaign::Campaign(const CampaignOptions& options) : parts_(std::make_unique<Parts>(options)) {}

Campaign::~Campaign() = default;

std::optional<Message> Campaign::next() {
    return parts_->next();
}

}  // namespace spoor::simulate
