// expect-error: iqnrl\[world\]: legal_actions<A, S> must have the world.s `actions` and `slots`
// expect-error: check_mask.*shape<3, 2>.*shape<2, 3>
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>, iqnrl::legal_actions<2, 3>>;
  static constexpr std::size_t actions = 3;
  static constexpr std::size_t slots = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(const std::array<int, 2>&) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
