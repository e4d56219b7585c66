#include "upward/upward.hpp"
