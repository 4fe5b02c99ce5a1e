// expect-error: iqnrl: without conditioning the head gives a fixed grid .*give fractions::midpoints<N>
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::conditioning::none> agent{ctx};
}
