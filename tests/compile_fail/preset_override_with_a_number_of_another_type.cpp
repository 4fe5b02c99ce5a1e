// expect-error: iqnrl: the override.s config has a number that the preset sets, in a type
#include <iqnrl/agent.hpp>

struct half_random {
  using axis = iqnrl::axis::explore;
  struct config {
    double epsilon = 0.5;
  };
  config cfg;
  static std::size_t randoms(std::size_t, std::size_t) { return 0; }
  iqnrl::explore::greedy::rule at(std::uint64_t) const { return {}; }
};
using preset = iqnrl::presets::iqn<iqnrl::world_archetype, half_random>;

int main() { auto numbers = preset::config(); }
