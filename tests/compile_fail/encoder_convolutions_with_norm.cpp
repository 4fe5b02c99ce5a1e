// expect-error: iqnrl\[encoder\]: convolutions<...> has no layer norm; take impala with .layer_norm
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<1, 64, 64>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

using normal = iqnrl::nn::dense<iqnrl::activation::relu, iqnrl::nn::weight::plain, true>;

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world, iqnrl::encoder::cnn_with<normal>> agent{ctx};
}
