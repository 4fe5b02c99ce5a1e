// expect-error: iqnrl: agent<...> was given two augmentations; give one
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::augment::none, iqnrl::augment::random_shift<>> agent{ctx};
}
