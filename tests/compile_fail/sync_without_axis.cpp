// expect-error: iqnrl\[sync\]: the rule needs `using axis = iqnrl::axis::sync;`
#include <iqnrl/contract/sync.hpp>

struct my_policy {
  struct config {};
  config cfg;
  double share(std::uint64_t) const { return 1; }
};
static_assert(iqnrl::check_sync<my_policy>());
