// expect-error: iqnrl\[encoder\]: mlp<...> needs the width of at least one layer
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::encoder::mlp<>> agent{ctx};
}
