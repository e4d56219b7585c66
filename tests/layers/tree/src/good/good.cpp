#include "good/good.hpp"
