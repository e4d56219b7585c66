#include "behavior/features.hpp"

#include "attack/mapping.hpp"
#include "base/assert.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace spoor::behavior {

namespace {

// What an unusual value points to: features and event types of the ATT&CK mapping.
struct MeasureInfo {
    std::string_view name;
    std::string_view mapped_feature;
    std::string_view mapped_event;
};

// Where the original has a feature of that meaning, its name.
constexpr std::array<MeasureInfo, first_gauge> infos = {{
    {"number_of_events", "", ""},
    {"number_of_logins", "number_of_logins", "login"},
    {"number_of_failed_logins", "number_of_failed_logins", "authentication"},
    {"number_of_accessed_files", "number_of_accessed_files", "file"},
    {"number_of_email_sent", "number_of_email_sent", ""},
    {"number_of_processes", "number_of_processes", "process"},
    {"number_of_connections", "", "network_connection"},
    {"number_of_dns_queries", "", "dns_query"},
    {"number_of_refused_connections", "", ""},
    {"number_of_admin_changes", "", "service"},
    {"new_programs", "", "process"},
    {"new_destinations", "network_traffic_volume", "network_connection"},
    {"new_logon_origins", "number_of_logins", "authentication"},
    {"new_activity", "", ""},
    {"large_transfers", "network_traffic_volume", ""},
    {"network_traffic_volume", "network_traffic_volume", ""},
}};

struct TypeInfo {
    std::string_view type;
    Count count;
};

constexpr std::array<TypeInfo, 20> types = {{
    {"process", Count::processes},
    {"network_connection", Count::connections},
    {"authentication", Count::logins},
    {"login", Count::logins},
    {"file", Count::accessed_files},
    {"dns_query", Count::dns_queries},
    {"email", Count::emails},
    {"firewall", Count::refused},
    {"port_scan", Count::refused},
    {"registry", Count::admin_changes},
    {"service", Count::admin_changes},
    {"privilege_change", Count::admin_changes},
    {"account_change", Count::admin_changes},
    {"password_change", Count::admin_changes},
    {"group_membership", Count::admin_changes},
    {"scheduled_task", Count::admin_changes},
    {"log_cleared", Count::admin_changes},
    {"remote_thread", Count::processes},
    {"share", Count::accessed_files},
    {"traffic_spike", Count::events},
}};

constexpr std::uint32_t bit(Count c) {
    return 1U << static_cast<unsigned>(c);
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

// FNV-1a, of lower-cased bytes; its results are stored, so it is not the base room's hash64.
class KeyHash {
public:
    explicit KeyHash(char kind) { add_byte(kind); }

    KeyHash& add(std::string_view text) {
        for (const char c : text) {
            add_byte(lower(c));
        }
        add_byte('\0');
        return *this;
    }

    [[nodiscard]] std::uint32_t value() const {
        std::uint64_t h = hash_;  // finish as splitmix64 does
        h = (h ^ (h >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        h = (h ^ (h >> 27U)) * 0x94D049BB133111EBULL;
        return static_cast<std::uint32_t>(h >> 32U);
    }

private:
    void add_byte(char c) { hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL; }

    std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The network an address is in, roughly: a.b.c of IPv4, the first three groups of IPv6.
std::string_view network_of(std::string_view address) {
    const char separator = address.find(':') == std::string_view::npos ? '.' : ':';
    std::size_t end = 0;
    for (int part = 0; part < 3 && end != std::string_view::npos; ++part) {
        end = address.find(separator, part == 0 ? 0 : end + 1);
    }
    return address.substr(0, end);
}

// The fields that say what happened, found in one pass.
struct Facts {
    std::string_view type;
    std::string_view action;
    std::string_view outcome;
    std::string_view user;
    std::string_view target_user;
    std::string_view program;
    std::string_view image;
    std::string_view parent;
    std::string_view parent_image;
    std::string_view source;
    std::string_view destination;
    std::string_view destination_host;
    double bytes = -1;
};

Facts read(const Event& event) {
    Facts facts;
    for (const Field& f : event.fields) {
        switch (f.id) {
            case FieldId::event_type:
                facts.type = f.as_text();
                break;
            case FieldId::action:
                facts.action = f.as_text();
                break;
            case FieldId::outcome:
                facts.outcome = f.as_text();
                break;
            case FieldId::user_name:
                facts.user = f.as_text();
                break;
            case FieldId::target_user_name:
                facts.target_user = f.as_text();
                break;
            case FieldId::process_name:
                facts.program = f.as_text();
                break;
            case FieldId::process_image:
                facts.image = f.as_text();
                break;
            case FieldId::parent_process_name:
                facts.parent = f.as_text();
                break;
            case FieldId::parent_process_image:
                facts.parent_image = f.as_text();
                break;
            case FieldId::source_ip:
                facts.source = f.as_text();
                break;
            case FieldId::destination_ip:
                facts.destination = f.as_text();
                break;
            case FieldId::destination_host:
                facts.destination_host = f.as_text();
                break;
            case FieldId::bytes_sent:
                facts.bytes = f.is_number() ? f.as_number() : -1;
                break;
            default:
                break;
        }
    }
    return facts;
}

void add_key(Observation& o, std::uint32_t hash, Count counts) {
    if (o.num_keys < o.keys.size()) {
        o.keys[o.num_keys++] = {hash, counts};
    }
}

void observe_logon(const Facts& facts, Observation& o) {
    const bool failed = same(facts.outcome, "failure") || same(facts.outcome, "failed");
    o.counts |= bit(failed ? Count::failed_logins : Count::logins);
    const std::string_view account = facts.target_user.empty() ? facts.user : facts.target_user;
    if (!account.empty()) {
        add_key(o, KeyHash('u').add(account).value(), Count::new_logon_origins);
    }
    if (!facts.source.empty()) {
        add_key(o, KeyHash('s').add(network_of(facts.source)).value(), Count::new_logon_origins);
    }
}

void observe_process(const Facts& facts, Observation& o) {
    if (same(facts.action, "terminated")) {
        return;
    }
    o.counts |= bit(Count::processes);
    const std::string_view program = base_name(facts.image.empty() ? facts.program : facts.image);
    const std::string_view parent =
        base_name(facts.parent_image.empty() ? facts.parent : facts.parent_image);
    if (!program.empty()) {
        add_key(o, KeyHash('p').add(parent).add(program).value(), Count::new_programs);
    }
}

void observe_connection(const Facts& facts, Observation& o) {
    o.counts |= bit(Count::connections);
    o.is_transfer = facts.bytes >= 0;
    const std::string_view to =
        facts.destination.empty() ? facts.destination_host : network_of(facts.destination);
    if (!to.empty()) {
        add_key(o, KeyHash('d').add(to).value(), Count::new_destinations);
    }
}

}  // namespace

std::string_view measure_name(std::size_t measure) {
    SPOOR_ASSERT(measure < num_measures, "not a measure");
    static const auto gauges = [] {
        std::array<std::string, num_features> names;
        for (std::size_t i = 0; i < num_features; ++i) {
            names[i] = std::string(feature_name(i)) + "_mean";
        }
        return names;
    }();
    return measure < first_gauge ? infos[measure].name
                                 : std::string_view(gauges[measure - first_gauge]);
}

void append_techniques(std::size_t measure, std::vector<std::string_view>& out) {
    const std::string_view feature =
        measure < first_gauge ? infos[measure].mapped_feature : feature_name(measure - first_gauge);
    for (const attack::FeatureMapping& m : attack::feature_mappings()) {
        if (m.feature == feature) {
            out.insert(out.end(), m.techniques.begin(), m.techniques.end());
        }
    }
    if (measure < first_gauge) {
        const auto ids = attack::event_type_techniques(infos[measure].mapped_event);
        out.insert(out.end(), ids.begin(), ids.end());
    }
}

Observation observe(const Event& event) {
    const Facts facts = read(event);
    Observation o;
    o.counts = bit(Count::events);
    o.bytes = std::isfinite(facts.bytes) && facts.bytes < 1e15 ? facts.bytes : -1;
    const auto* const info =
        std::ranges::find_if(types, [&](const TypeInfo& t) { return same(t.type, facts.type); });
    const Count what = info == types.end() ? Count::events : info->count;
    if (!facts.type.empty()) {
        add_key(o, KeyHash('t').add(facts.type).value(), Count::new_activity);
    }
    if (what == Count::logins) {
        observe_logon(facts, o);
    } else if (what == Count::processes) {
        observe_process(facts, o);
    } else if (what == Count::connections) {
        observe_connection(facts, o);
    } else if (what != Count::refused || !same(facts.action, "allow")) {
        o.counts |= bit(what);
    }
    return o;
}

}  // namespace spoor::behavior
