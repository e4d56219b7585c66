#include "simulate/draw.hpp"
#include "simulate/generators.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace spoor::simulate {

namespace {

constexpr std::array<std::string_view, 3> protocols = {"TCP", "UDP", "ICMP"};
constexpr std::array<std::int64_t, 14> ports = {
    80, 443, 53, 22, 25, 110, 143, 445, 3389, 8080, 8443, 3306, 4444, 31337};
constexpr std::array<std::int64_t, 2> odd_ports = {4444, 31337};
// What hosts talk to by habit: mostly the web, some of it inside.
constexpr std::array<std::int64_t, 8> usual_ports = {443, 443, 80, 443, 445, 53, 8443, 123};
constexpr std::array<std::string_view, 4> statuses = {"established", "closed", "reset", "timeout"};
constexpr std::array<std::string_view, 5> scan_types = {"SYN", "FIN", "XMAS", "NULL", "ACK"};
// Names that are reserved for examples (RFC 2606), so that no one's real domain is in here.
constexpr std::array<std::string_view, 16> domains = {"www.example.com",
                                                      "mail.example.com",
                                                      "intranet.example.com",
                                                      "cdn.example.net",
                                                      "updates.example.net",
                                                      "api.example.org",
                                                      "login.example.org",
                                                      "files.example.com",
                                                      "news.example.net",
                                                      "time.example.org",
                                                      "repo.example.org",
                                                      "chat.example.com",
                                                      "maps.example.net",
                                                      "video.example.net",
                                                      "wiki.example.com",
                                                      "printers.example.com"};
constexpr std::array<std::string_view, 5> bad_domains = {"c2-node7.invalid",
                                                         "free-invoice.invalid",
                                                         "q8fj2kxo1z.invalid",
                                                         "update-flash.invalid",
                                                         "cdn-sync3.invalid"};
constexpr std::array<std::string_view, 5> query_types = {"A", "AAAA", "MX", "TXT", "CNAME"};
constexpr std::array<std::string_view, 4> response_codes = {
    "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"};
constexpr std::array<std::string_view, 4> firewall_actions = {"block", "allow", "drop", "reject"};

// Addresses set aside for documentation stand for the internet (RFC 5737).
std::uint32_t outside_address(std::uint64_t x) {
    constexpr std::array<std::uint32_t, 3> nets = {0xC0000200, 0xC6336400, 0xCB007100};
    return nets[x % nets.size()] + static_cast<std::uint32_t>(1 + x / nets.size() % 254);
}

std::uint32_t inside_address(const Draft& d, std::uint64_t x) {
    return d.world.hosts()[x % d.world.hosts().size()].address;
}

struct Peer {
    std::uint32_t address;
    std::int64_t port;
};

Peer draw_peer(Draft& d) {
    if (!d.realistic) {
        const std::uint64_t x = d.random.next() >> 1U;
        return {d.random.below(3) == 0 ? inside_address(d, x) : outside_address(x),
                pick(d.random, ports)};
    }
    const std::uint64_t x = trait(d.host.seed, 10, d.random.below(6)) >> 3U;
    const std::int64_t port = usual_ports[x % usual_ports.size()];
    const bool inside = port == 445 || port == 53 || port == 8443;
    return {inside ? inside_address(d, x / 8) : outside_address(x / 8), port};
}

// Amounts of a host's usual connection; without tails, so that what is usual can be learned.
struct Amounts {
    std::int64_t sent;
    std::int64_t received;
    std::int64_t millis;
};

Amounts draw_amounts(Draft& d) {
    if (!d.realistic) {
        return {d.random.between(100, 10'000),
                d.random.between(100, 50'000),
                d.random.between(100, 300'000)};
    }
    const auto size = static_cast<std::int64_t>(400 + trait(d.host.seed, 11, 0) % 1200);
    const auto millis = static_cast<std::int64_t>(300 + trait(d.host.seed, 12, 0) % 3700);
    return {bell(d.random, size / 4, size * 3),
            bell(d.random, size * 2, size * 20),
            bell(d.random, millis / 4, millis * 4)};
}

EventText& begin(EventText& text, Draft& d, std::string_view type) {
    return text.begin(d.time, draw_severity(d.random, d.realistic), type, d.host.name, "host");
}

void write_connection(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const Peer peer = draw_peer(d);
    const Amounts amounts = draw_amounts(d);
    const bool udp = peer.port == 53 || peer.port == 123;
    const std::string_view protocol =
        d.realistic ? std::string_view(udp ? "UDP" : "TCP") : pick(d.random, protocols);
    const std::string_view status =
        d.realistic && d.random.below(100) < 97 ? statuses[0] : pick(d.random, statuses);
    begin(text, d, "network_connection")
        .set_address("source_ip", d.host.address)
        .set_address("destination_ip", peer.address)
        .set("destination_port", peer.port)
        .set("protocol", protocol)
        .set("bytes_sent", amounts.sent)
        .set("bytes_received", amounts.received)
        .set_milli("connection_duration", amounts.millis)
        .set("connection_status", status);
    if (std::find(odd_ports.begin(), odd_ports.end(), peer.port) != odd_ports.end()) {
        text.suspect("Connection to an unusual port", {"T1571"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual connection", {"T1071"});
    }
    text.end();
}

void write_port_scan(Draft& d) {
    EventText text(d.json, d.strip_labels);
    begin(text, d, "port_scan")
        .set_address("target_ip", inside_address(d, d.random.next()))
        .set_address("source_ip", d.host.address)
        .set("scan_type", pick(d.random, scan_types))
        .set("ports_scanned", d.random.between(10, d.realistic ? 100 : 1000))
        .set("duration", d.random.between(1, 60))
        .suspect("Port scan", {"T1046"})
        .end();
}

void write_traffic_spike(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const Peer peer = draw_peer(d);
    const std::int64_t normal =
        d.realistic ? draw_amounts(d).sent : d.random.between(1'000, 10'000);
    const std::int64_t factor = d.realistic ? 2 : d.random.between(5, 20);
    begin(text, d, "traffic_spike")
        .set_address("source_ip", d.host.address)
        .set_address("destination_ip", peer.address)
        .set("protocol", "TCP")
        .set("bytes_sent", normal * factor)
        .set("normal_bytes_sent", normal)
        .set("duration", d.random.between(10, 300))
        .suspect("Traffic far above its usual amount", {"T1048"})
        .end();
}

void write_dns_query(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const bool bad =
        !d.realistic && d.random.below(domains.size() + bad_domains.size()) >= domains.size();
    const std::string_view domain =
        bad ? pick(d.random, bad_domains) : domains[d.choose(13, domains.size(), 6)];
    const std::string_view code = d.realistic && d.random.below(100) < 97
                                      ? response_codes[0]
                                      : pick(d.random, response_codes);
    begin(text, d, "dns_query")
        .set_address("source_ip", d.host.address)
        .set("domain", domain)
        .set("query_type",
             d.realistic ? query_types[d.random.below(2)] : pick(d.random, query_types))
        .set("response_code", code)
        .set_milli("response_time",
                   d.realistic ? bell(d.random, 1'000, 60'000) : d.random.between(1'000, 500'000));
    if (bad) {
        text.suspect("Query for a suspicious domain", {"T1071.004"});
    } else if (d.drawn_suspicious()) {
        text.suspect("Unusual query", {"T1071.004"});
    }
    text.end();
}

void write_firewall(Draft& d) {
    EventText text(d.json, d.strip_labels);
    const Peer peer = draw_peer(d);
    const std::string_view action = d.realistic && d.random.below(100) < 95
                                        ? std::string_view("allow")
                                        : pick(d.random, firewall_actions);
    const std::string rule = fmt::format("FW-{:04}", d.random.between(1000, 9999));
    begin(text, d, "firewall")
        .set_address("source_ip", d.host.address)
        .set_address("destination_ip", peer.address)
        .set("destination_port", peer.port)
        .set("protocol", d.realistic ? protocols[0] : pick(d.random, protocols))
        .set("action", action)
        .set("rule_id", std::string_view(rule));
    if (action == "block") {
        text.suspect("Connection blocked by the firewall", {"T1071"});
    }
    text.end();
}

constexpr std::array<Kind, 5> table = {{{"network_connection", write_connection, 640},
                                        {"port_scan", write_port_scan, 1},
                                        {"traffic_spike", write_traffic_spike, 4},
                                        {"dns_query", write_dns_query, 295},
                                        {"firewall", write_firewall, 60}}};

}  // namespace

std::span<const Kind> network_kinds() {
    return table;
}

}  // namespace spoor::simulate
