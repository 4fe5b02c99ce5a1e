// expect-error: iqnrl\[encoder\]: this encoder reads an image, and the observation has other inputs, too
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<1, 64, 64>, iqnrl::floats<3>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world, iqnrl::encoder::cnn> agent{ctx};
}
