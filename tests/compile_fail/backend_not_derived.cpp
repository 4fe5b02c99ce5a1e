// expect-error: iqnrl\[backend\]: the backend must derive from iqnrl::backend::reference
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::backend;
  struct config {};
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
