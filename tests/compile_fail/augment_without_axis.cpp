// expect-error: iqnrl\[augment\]: the augmentation needs `using axis = iqnrl::axis::augment;`
#include <iqnrl/agent.hpp>

struct my_policy {
  struct config {};
};

static_assert(iqnrl::check_augment<my_policy, iqnrl::world_archetype::observation>());
int main() {}
