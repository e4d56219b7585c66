#include "sideways/sideways.hpp"
