// expect-error: iqnrl\[world\]: two parts of the observation have the same name
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>, iqnrl::part<"state", float, 2>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
