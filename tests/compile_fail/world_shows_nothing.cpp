// expect-error: iqnrl\[world\]: the observation has no part
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
