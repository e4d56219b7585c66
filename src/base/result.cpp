#include "base/result.hpp"

namespace spoor {

std::string_view to_string(Errc code) {
    switch (code) {
        case Errc::invalid_argument:
            return "invalid argument";
        case Errc::not_found:
            return "not found";
        case Errc::already_exists:
            return "already exists";
        case Errc::io:
            return "input/output error";
        case Errc::corrupt:
            return "corrupt";
        case Errc::unavailable:
            return "unavailable";
        case Errc::refused:
            return "refused";
        case Errc::timeout:
            return "timed out";
        case Errc::unsupported:
            return "unsupported";
        case Errc::internal:
            return "internal error";
    }
    return "unknown";
}

}  // namespace spoor
