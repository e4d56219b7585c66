#include "alert/signal.hpp"

#include <tuple>

namespace spoor::alert {

bool SignalOrder::operator()(const Signal& a, const Signal& b) const {
    if (a.time != b.time) {
        return a.time < b.time;
    }
    if (a.ref.origin != b.ref.origin) {
        return origins_->text(a.ref.origin) < origins_->text(b.ref.origin);
    }
    return std::tie(a.ref.position, a.ref.element, a.detector, a.bytes, a.host_key) <
           std::tie(b.ref.position, b.ref.element, b.detector, b.bytes, b.host_key);
}

}  // namespace spoor::alert
