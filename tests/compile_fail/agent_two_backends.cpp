// expect-error: iqnrl: agent<...> was given two backends; give one
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::backend::eigen, iqnrl::backend::reference> agent{ctx};
}
