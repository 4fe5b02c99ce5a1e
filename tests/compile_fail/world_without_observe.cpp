// expect-error: iqnrl\[world\]: the world needs `void observe\(observation::value& out\) const`
#include <iqnrl/contract/world.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  iqnrl::outcome step(int) { return {}; }
};
static_assert(iqnrl::check_world<my_world>());
