// expect-error: iqnrl\[encoder\]: mlp<...> has at most 8 layers
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::encoder::mlp<8, 8, 8, 8, 8, 8, 8, 8, 8>> agent{ctx};
}
