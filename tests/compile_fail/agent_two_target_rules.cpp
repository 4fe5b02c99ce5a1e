// expect-error: iqnrl: agent<...> was given two target rules; give one
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::target::max<>, iqnrl::target::munchausen> agent{ctx};
}
