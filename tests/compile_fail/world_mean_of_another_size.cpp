// expect-error: iqnrl\[world\]: `mean` and `deviation` of a part need one number for each of its elements
#include <array>

#include <iqnrl/agent.hpp>

struct numbers : iqnrl::floats<3> {
  static constexpr std::array<float, 2> mean{1, 2};
  static constexpr std::array<float, 3> deviation{1, 1, 1};
};

struct my_world {
  using observation = iqnrl::observation<numbers>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
