// expect-error: iqnrl\[world\]: the world must be copyable
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  my_world() = default;
  my_world(const my_world&) = delete;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
