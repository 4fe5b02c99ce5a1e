// expect-error: iqnrl\[sync\]: the rule needs `double share\(std::uint64_t update\) const`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::sync;
  struct config {};
  config cfg;
};
using preset = iqnrl::presets::qr_dqn<iqnrl::world_archetype, my_policy>;

int main() { auto numbers = preset::config(); }
