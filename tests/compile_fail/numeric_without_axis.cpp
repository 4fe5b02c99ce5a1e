// expect-error: iqnrl\[numeric\]: the policy needs `using axis = iqnrl::axis::numeric;`
#include <iqnrl/contract/numeric.hpp>

struct my_policy {
  struct config {};
  using type = float;
};
static_assert(iqnrl::check_numeric<my_policy>());
