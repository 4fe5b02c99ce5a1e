// expect-error: iqnrl: a template argument of agent<...> is on no axis of an agent
#include <iqnrl/agent.hpp>

struct weather {};

struct sunny {
  using axis = weather;
  struct config {};
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, sunny> agent{ctx};
}
