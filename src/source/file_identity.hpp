// Which file is this? A followed file is renamed, copied, compressed and written again under its
// old name; its first line tells it from others, its inode helps where first lines are all alike.
//
// An incarnation is one life of a followed file, from its first line to its end. Refs begin with
//   file:HASH~PATH[.N]    HASH   of the first line, 32 hex digits
//                         PATH   of the configured path, 12 hex digits: two followed files that
//                                begin with the same line do not share refs
//                         N      it is the Nth incarnation at this path (left out for the first):
//                                nor do two files that one path names one after the other
// It depends on the content, the path and the order of incarnations only: a replay gives the same.
// In a checkpoint `!INODE` follows, which helps to find the file again.
//
// A scanned file, which is read once and from its beginning, has file:HASH, and ~2, ~3 ... behind
// for the 2nd, 3rd ... file of one scan with that first line.
//
// Pure functions and reads of a file's beginning; no state.
#pragma once

#include "source/file_handle.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::source {

// Hash of the first line (without its line feed; at most 4,096 bytes of it), uncompressed. nullopt
// while the first line is not complete, unless `is_whole`: the file will not grow any more.
[[nodiscard]] std::optional<std::string> first_line_hash(int descriptor, bool is_whole);

struct IncarnationId {
    std::string hash;
    std::uint64_t generation = 1;
    std::uint64_t inode = 0;  // 0: not known
};

[[nodiscard]] std::string ref_origin(const IncarnationId& id, std::string_view path);
[[nodiscard]] std::string resume_origin(const IncarnationId& id, std::string_view path);
// Of either text.
[[nodiscard]] std::optional<IncarnationId> parse_origin(std::string_view text);

// A file that a rotation may have made of `path`, with what was seen of it.
struct RotatedFile {
    std::string path;
    FileStatus status;
};

// Whether `name` is what a rotation makes of the file called `base`: base.1, base.2.gz,
// base-20260131, base.2026-01-31.zst, and stem-20260131.ext for a base stem.ext.
[[nodiscard]] bool is_rotated_name(std::string_view name, std::string_view base);
// Those beside `path`, oldest first. Where both base.1 and base.1.gz are there, one is being made
// of the other: the plain one counts.
[[nodiscard]] std::vector<RotatedFile> rotated_files(const std::string& path);

}  // namespace spoor::source
