// expect-error: iqnrl\[sync\]: the rule needs `double share\(std::uint64_t update\) const`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::sync;
  struct config {};
  config cfg;
  double shaer(std::uint64_t) const { return 1; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
