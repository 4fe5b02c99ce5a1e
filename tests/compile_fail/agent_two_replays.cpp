// expect-error: iqnrl: agent<...> was given two replays; give one
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::replay::uniform, iqnrl::replay::prioritized> agent{ctx};
}
