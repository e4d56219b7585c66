#include "undeclared/undeclared.hpp"

#include "low/low.hpp"
