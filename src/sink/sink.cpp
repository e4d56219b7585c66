#include "sink/sink.hpp"
