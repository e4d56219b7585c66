#include "source/file_identity.hpp"

#include "base/hash.hpp"
#include "source/byte_stream.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <system_error>

namespace spoor::source {

namespace {

constexpr std::size_t first_line_size = 4096;
constexpr std::string_view prefix = "file:";
constexpr std::size_t hash_digits = 32;
constexpr std::size_t path_digits = 12;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_compression(std::string_view name) {
    for (const std::string_view ending : {".gz", ".zst"}) {
        if (name.ends_with(ending)) {
            return name.substr(0, name.size() - ending.size());
        }
    }
    return name;
}

// ".1", "-20260131", ".2026-01-31", "-20260131.2", "-20260131-1700000000"
bool is_rotation_suffix(std::string_view s) {
    if (s.size() < 2 || (s[0] != '.' && s[0] != '-' && s[0] != '_') || !is_digit(s[1])) {
        return false;
    }
    return std::all_of(s.begin(), s.end(), [](char c) {
        return is_digit(c) || c == '-' || c == '.' || c == '_' || c == 'T' || c == 'Z' || c == ':';
    });
}

// base.N with a small N, which counts up with age; a date counts down.
std::optional<int> rotation_number(std::string_view name, std::string_view base) {
    if (!name.starts_with(base)) {
        return std::nullopt;
    }
    name.remove_prefix(base.size());
    int number = 0;
    if (name.size() < 2 || name.size() > 5 || name[0] != '.') {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::uint64_t> parse_number(std::string_view s) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
    if (s.empty() || error != std::errc{} || end != s.data() + s.size()) {
        return std::nullopt;
    }
    return out;
}

void sort_by_age(std::vector<RotatedFile>& files, std::string_view base) {
    const auto number = [base](const RotatedFile& f) {
        const std::string name = std::filesystem::path(f.path).filename().string();
        return rotation_number(without_compression(name), base);
    };
    const bool all_numbered = std::all_of(
        files.begin(), files.end(), [&](const auto& f) { return number(f).has_value(); });
    std::sort(files.begin(), files.end(), [&](const RotatedFile& a, const RotatedFile& b) {
        if (all_numbered) {
            return *number(a) > *number(b);
        }
        if (a.status.modified_ns != b.status.modified_ns) {
            return a.status.modified_ns < b.status.modified_ns;
        }
        return a.path < b.path;
    });
}

}  // namespace

std::optional<std::string> first_line_hash(int descriptor, bool is_whole) {
    ByteStream stream(descriptor, false);
    if (is_whole) {
        stream.seal();
    }
    std::string line(first_line_size, '\0');
    std::size_t size = 0;
    while (size < line.size()) {
        std::size_t got = 0;
        if (stream.read(line.data() + size, line.size() - size, got) != ByteStream::Status::data) {
            break;
        }
        size += got;
    }
    line.resize(size);
    const std::size_t line_feed = line.find('\n');
    if (line_feed != std::string::npos) {
        line.resize(line_feed);
    } else if (size < first_line_size && (!is_whole || size == 0)) {
        return std::nullopt;
    }
    return to_hex(digest128(line));
}

std::string ref_origin(const IncarnationId& id, std::string_view path) {
    std::string out =
        fmt::format("{}{}~{}", prefix, id.hash, to_hex(digest128(path)).substr(0, path_digits));
    if (id.generation > 1) {
        out += fmt::format(".{}", id.generation);
    }
    return out;
}

std::string resume_origin(const IncarnationId& id, std::string_view path) {
    return fmt::format("{}!{}", ref_origin(id, path), id.inode);
}

std::optional<IncarnationId> parse_origin(std::string_view text) {
    if (!text.starts_with(prefix)) {
        return std::nullopt;
    }
    text.remove_prefix(prefix.size());
    IncarnationId id;
    const std::size_t mark = text.find('!');
    if (mark != std::string_view::npos) {
        id.inode = parse_number(text.substr(mark + 1)).value_or(0);
        text = text.substr(0, mark);
    }
    if (text.size() < hash_digits + 1 + path_digits || text[hash_digits] != '~') {
        return std::nullopt;
    }
    id.hash = std::string(text.substr(0, hash_digits));
    text.remove_prefix(hash_digits + 1 + path_digits);
    if (!text.empty()) {
        const auto generation = parse_number(text.substr(1));
        if (text[0] != '.' || !generation) {
            return std::nullopt;
        }
        id.generation = *generation;
    }
    return id;
}

bool is_rotated_name(std::string_view name, std::string_view base) {
    name = without_compression(name);
    if (name.size() > base.size() && name.starts_with(base)) {
        return is_rotation_suffix(name.substr(base.size()));
    }
    const std::size_t dot = base.rfind('.');
    if (dot == std::string_view::npos || dot == 0) {
        return false;
    }
    // app-1.json beside app.json is more likely another program's; app-20260131.json is a date.
    constexpr std::size_t date_digits = 6;
    const std::string_view stem = base.substr(0, dot);
    const std::string_view ending = base.substr(dot);
    if (name.size() <= base.size() || !name.starts_with(stem) || !name.ends_with(ending)) {
        return false;
    }
    const std::string_view middle =
        name.substr(stem.size(), name.size() - stem.size() - ending.size());
    return is_rotation_suffix(middle) &&
           (middle[0] == '.' ||
            std::count_if(middle.begin(), middle.end(), is_digit) >= std::ptrdiff_t{date_digits});
}

std::vector<RotatedFile> rotated_files(const std::string& path) {
    namespace fs = std::filesystem;
    const fs::path file(path);
    const std::string base = file.filename().string();
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::set<std::string, std::less<>> names;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::string name = it->path().filename().string();
        if (is_rotated_name(name, base)) {
            names.insert(std::move(name));
        }
    }
    std::vector<RotatedFile> out;
    for (const std::string& name : names) {
        const std::string_view plain = without_compression(name);
        if (plain.size() != name.size() && names.contains(plain)) {
            continue;
        }
        std::string full = (file.has_parent_path() ? folder / name : fs::path(name)).string();
        const auto status = file_status(full);
        if (status && status->is_regular) {
            out.push_back({std::move(full), *status});
        }
    }
    sort_by_age(out, base);
    return out;
}

}  // namespace spoor::source
