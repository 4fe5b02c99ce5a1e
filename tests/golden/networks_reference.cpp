// Whole networks on the reference backend.
#include <golden/network_cases.hpp>

namespace golden {

void add_networks_on_reference(registry& all) { networks::add<iqnrl::backend::reference>(all); }

}  // namespace golden
