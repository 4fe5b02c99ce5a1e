// Whole networks on the eigen backend.
#include <golden/network_cases.hpp>

namespace golden {

void add_networks_on_eigen(registry& all) { networks::add<iqnrl::backend::eigen>(all); }

}  // namespace golden
