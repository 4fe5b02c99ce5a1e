// expect-error: iqnrl\[encoder\]: every layer of mlp<...> needs at least one output
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::encoder::mlp<64, 0>> agent{ctx};
}
