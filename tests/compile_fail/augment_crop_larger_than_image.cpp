// expect-error: iqnrl\[augment\]: the crop is larger than its image, or empty; the shapes of both are named
// expect-error: check_crop.*1, 10, 12.*1, 8, 13
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<1, 10, 12>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world, iqnrl::encoder::minatar, iqnrl::augment::random_crop<8, 13>> agent{ctx};
}
