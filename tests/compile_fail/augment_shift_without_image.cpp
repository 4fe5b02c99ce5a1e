// expect-error: iqnrl\[augment\]: this augmentation changes one image, and the observation has none, or more than one
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::augment::random_shift<>> agent{ctx};
}
