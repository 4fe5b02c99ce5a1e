// expect-error: iqnrl\[encoder\]: encoder::fuse reads one image and numbers beside it
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<1, 64, 64>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world, iqnrl::encoder::fuse<iqnrl::encoder::cnn>> agent{ctx};
}
