// expect-error: iqnrl\[world\]: the world needs `static constexpr std::size_t actions`
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::part<"state", float, 4>>;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
