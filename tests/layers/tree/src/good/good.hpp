#pragma once

#include "low/low.hpp"

inline int good() {
    return low() + 1;
}
