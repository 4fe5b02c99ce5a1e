// expect-error: iqnrl\[numeric\]: the policy needs `using type = float;` or double
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = int;
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
