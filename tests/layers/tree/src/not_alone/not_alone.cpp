#include <string>

#include "not_alone/not_alone.hpp"
