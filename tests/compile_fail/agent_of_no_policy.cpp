// expect-error: iqnrl: a template argument of agent<...> is not a policy: it needs `using axis
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, int> agent{ctx};
}
