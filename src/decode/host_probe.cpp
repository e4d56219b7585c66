#include "decode/host_choice.hpp"
#include "decode/path_index.hpp"
#include "decode/walk.hpp"

namespace spoor::decode {

namespace {

constexpr std::string_view no_host = "-";

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

std::string_view without_final_dot(std::string_view host) {
    return host.size() > 1 && host.back() == '.' ? host.substr(0, host.size() - 1) : host;
}

char folded(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

const PathIndex& host_paths() {
    static const PathIndex index(PathIndex::Rows::of_hosts);
    return index;
}

}  // namespace

void fold_host(std::string_view host, std::string& out) {
    for (const char c : without_final_dot(trimmed_host(host))) {
        out += folded(c);
    }
}

std::string_view folded_host(std::string_view host, Scratch& scratch) {
    if (host.empty()) {
        return no_host;
    }
    host = without_final_dot(host);
    std::size_t i = 0;
    while (i < host.size() && !is_upper(host[i])) {
        ++i;
    }
    if (i == host.size()) {
        return host;
    }
    char* out = scratch.take(host.size());
    for (i = 0; i < host.size(); ++i) {
        out[i] = folded(host[i]);
    }
    return {out, host.size()};
}

struct HostProbe::Parts {
    const PathIndex& paths = host_paths();
    const std::vector<Row>& table = rows();
    KeyMemory memory;
    JsonIndex index;
    Scratch scratch;
    HostChoice choice;

    void leaf(const PathNode& node, const Token& token) {
        if (token.kind == Token::Kind::null) {
            return;
        }
        for (const std::uint16_t id : paths.row_ids(node)) {
            choice.offer(table[id].use, id, token.bytes);
        }
    }
};

HostProbe::HostProbe() : parts_(std::make_unique<Parts>()) {}

HostProbe::~HostProbe() = default;

std::string_view HostProbe::host_key(std::string_view text) {
    Parts& p = *parts_;
    p.scratch.clear();
    p.choice = {};
    text = trim(text);
    if (!p.index.scan(text)) {
        return no_host;
    }
    Walker<Parts, false> walker(p, p.paths, p.memory, p.scratch);
    if (!walker.walk(text, p.index)) {
        return no_host;
    }
    return folded_host(p.choice.host(), p.scratch);
}

}  // namespace spoor::decode
