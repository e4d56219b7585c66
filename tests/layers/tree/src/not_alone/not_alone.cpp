#include "not_alone/not_alone.hpp"

#include <string>
