// expect-error: iqnrl\[sync\]: the rule needs `double share\(std::uint64_t update\) const`
#include <iqnrl/contract/sync.hpp>

struct my_policy {
  using axis = iqnrl::axis::sync;
  struct config {};
  config cfg;
  double share() const { return 1; }
};
static_assert(iqnrl::check_sync<my_policy>());
