// expect-error: iqnrl\[nn\]: the window of a convolution or pool is larger than its image
// expect-error: check_window.*4, 6, 5.*8, 8
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<4, 6, 5>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world, iqnrl::encoder::nature<>> agent{ctx};
}
