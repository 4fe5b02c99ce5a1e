// expect-error: iqnrl\[collate\]: a frame_stack is stored frame by frame, so the window has no span of it
#include <iqnrl/agent.hpp>

int main() {
  using seen = iqnrl::observation<iqnrl::frame_stack<4, iqnrl::floats<2>>>;
  const iqnrl::replay_memory<seen, 1> memory({}, {}, 1, 1);
  return static_cast<int>(memory.storage().window(0).observation<0>(0)[0]);
}
