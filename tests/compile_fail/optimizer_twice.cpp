// expect-error: iqnrl: agent<...> was given two optimizers; give one
#include <iqnrl/contract/axis.hpp>

struct one {
  using axis = iqnrl::axis::optimizer;
  struct config {};
};
struct other : one {};
static_assert(iqnrl::detail::check_no_twins<one, other>());
