// expect-error: iqnrl: agent<...> was given two replays; give one
#include <iqnrl/agent.hpp>

using preset = iqnrl::presets::iqn<iqnrl::world_archetype, iqnrl::replay::uniform, iqnrl::replay::prioritized>;

int main() {
  iqnrl::context ctx;
  preset::agent agent{ctx};
}
