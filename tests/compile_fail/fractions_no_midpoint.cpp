// expect-error: iqnrl\[fractions\]: midpoints<N> needs at least one quantile
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::fractions::midpoints<0>> agent{ctx};
}
