// expect-error: iqnrl\[world\]: the world needs `iqnrl::outcome step\(int action\)`
#include <iqnrl/contract/world.hpp>

struct typo {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome setp(int) { return {}; }
};

static_assert(iqnrl::check_world<typo>());
