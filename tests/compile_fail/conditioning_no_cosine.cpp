// expect-error: iqnrl\[conditioning\]: cosine<N> needs at least one cosine
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::conditioning::cosine<0>> agent{ctx};
}
