// Whole networks on the xtensor backend.
#include <golden/network_cases.hpp>

namespace golden {

void add_networks_on_xtensor(registry& all) { networks::add<iqnrl::backend::xtensor>(all); }

}  // namespace golden
