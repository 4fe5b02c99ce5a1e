// expect-error: iqnrl\[world\]: legal_actions<A, S> must have the world.s `actions` and `slots`
// expect-error: check_mask.*shape<1, 3>.*shape<1, 2>
#include <iqnrl/contract/world.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>, iqnrl::legal_actions<3>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};
static_assert(iqnrl::check_world<my_world>());
