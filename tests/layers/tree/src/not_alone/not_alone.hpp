#pragma once

inline std::string not_alone() {
    return "needs an include that is not here";
}
