// expect-error: iqnrl\[world\]: frame_stack<Frames, Frame> stacks at least 1 frame of an input part
#include <iqnrl/agent.hpp>

struct my_world {
  using observation = iqnrl::observation<iqnrl::image<1, 8, 8>, iqnrl::frame_stack<2, iqnrl::legal_actions<2>>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<my_world> agent{ctx};
}
