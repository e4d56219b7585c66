// Result<T>: the value or the Error of an operation that is expected to fail at times (a broker
// that is away, a disk that is full). Content that a person wrote is reported as Diagnostics
// (base/diagnostic.hpp), a bug by SPOOR_ASSERT (base/assert.hpp); the three are never mixed.
//
// Values; no thread contract.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace spoor {

enum class Errc : unsigned char {
    invalid_argument,
    not_found,
    already_exists,
    io,           // the operating system or a file said no
    corrupt,      // bytes that we wrote ourselves do not read back
    unavailable,  // a server is away; trying again later may help
    refused,      // a server answered and will not take it, now or later
    timeout,
    unsupported,
    internal,
};

[[nodiscard]] std::string_view to_string(Errc code);

struct Error {
    Errc code = Errc::internal;
    std::string detail;  // one sentence for a person: what, where, and what to do
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string detail) {
    return tl::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace spoor

// Evaluates an expression of type Result<T>; on failure returns its error from this function.
#define SPOOR_TRY_VOID(expr)                                            \
    do {                                                                \
        if (auto spoor_try_result = (expr); !spoor_try_result) {        \
            return tl::unexpected(std::move(spoor_try_result).error()); \
        }                                                               \
    } while (false)

#define SPOOR_CONCAT_INNER(a, b) a##b
#define SPOOR_CONCAT(a, b) SPOOR_CONCAT_INNER(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): `var` may be a declaration, `tmp` is a name
#define SPOOR_TRY_INNER(tmp, var, expr)                \
    auto tmp = (expr);                                 \
    if (!tmp) {                                        \
        return tl::unexpected(std::move(tmp).error()); \
    }                                                  \
    var = std::move(tmp).value()
// NOLINTEND(bugprone-macro-parentheses)

// SPOOR_TRY(auto x, f()): x is the value of f(), or this function returns its error.
#define SPOOR_TRY(var, expr) SPOOR_TRY_INNER(SPOOR_CONCAT(spoor_try_, __LINE__), var, expr)
