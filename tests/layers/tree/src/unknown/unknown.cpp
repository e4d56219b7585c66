#include "unknown/unknown.hpp"
