// expect-error: iqnrl\[world\]: the world needs `using observation = iqnrl::observation<.*-> docs/world\.md
#include <iqnrl/contract/world.hpp>

struct blind {
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  iqnrl::outcome step(int) { return {}; }
};

static_assert(iqnrl::check_world<blind>());
