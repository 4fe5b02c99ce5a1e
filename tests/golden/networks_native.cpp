// Whole networks on the native backend.
#include <golden/network_cases.hpp>

namespace golden {

void add_networks_on_native(registry& all) { networks::add<iqnrl::backend::native>(all); }

}  // namespace golden
