// expect-error: iqnrl: a template argument of agent<...> is not a policy
#include <iqnrl/agent.hpp>

using preset = iqnrl::presets::iqn<iqnrl::world_archetype, int>;

int main() {
  iqnrl::context ctx;
  preset::agent agent{ctx};
}
