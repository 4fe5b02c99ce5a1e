// expect-error: iqnrl\[numeric\]: bfloat16 needs a backend that multiplies in it: give the agent iqnrl::backend::onednn
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::numeric::bfloat16> agent{ctx};
}
