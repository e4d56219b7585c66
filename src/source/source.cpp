#include "source/source.hpp"

namespace spoor::source {

std::string_view to_string(SourceState state) {
    switch (state) {
        case SourceState::starting:
            return "starting";
        case SourceState::healthy:
            return "healthy";
        case SourceState::degraded:
            return "degraded";
        case SourceState::down:
            return "down";
        case SourceState::closed:
            break;
    }
    return "closed";
}

}  // namespace spoor::source
