// expect-error: iqnrl\[world\]: the world has no action; `actions` is at least 1
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  static constexpr std::size_t actions = 0;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
