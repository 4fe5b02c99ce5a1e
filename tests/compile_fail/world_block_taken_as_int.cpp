// expect-error: with `slots` above 1 the action is std::array<int, slots>
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  static constexpr std::size_t actions = 2;
  static constexpr std::size_t slots = 3;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
