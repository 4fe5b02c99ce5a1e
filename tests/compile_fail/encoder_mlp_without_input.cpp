// expect-error: iqnrl\[encoder\]: mlp reads the input parts of the observation and this one has none
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::field<"clock", float, 1>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
