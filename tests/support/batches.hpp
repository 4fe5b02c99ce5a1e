// Batches of random samples for learners that are tried without a replay.
#pragma once

#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/replay/batch.hpp>
#include <iqnrl/testing/observations.hpp>

namespace iqnrl::testing {

/// `size` samples with noise in every part, masks with at least one allowed action a slot, allowed actions, rewards in
/// [-1, 1), discounts of 0 and 0.9, and importance weights in [0.5, 1.5).
template <class World>
[[nodiscard]] host_batch<typename World::observation, slots_of<World>> random_batch(std::size_t size,
                                                                                    std::uint64_t seed) {
  using seen = typename World::observation;
  constexpr std::size_t slots = slots_of<World>;
  constexpr std::size_t actions = World::actions;
  host_batch<seen, slots> batch;
  batch.resize(size);
  generator g(sequence{seed, stream::world, 5});
  for_each_part<seen>([&](auto i) {
    randomise<seen, i>(batch.template now<i>(), g);
    randomise<seen, i>(batch.template next<i>(), g);
  });
  for (std::size_t b = 0; b < size; ++b) {
    for (std::size_t s = 0; s < slots; ++s) {
      auto action = static_cast<std::int32_t>(g.below(actions));
      if constexpr (seen::has_legal) {
        while (batch.template now<seen::legal_index>()[(b * slots + s) * actions + static_cast<std::size_t>(action)] ==
               0) {
          action = (action + 1) % static_cast<std::int32_t>(actions);
        }
      }
      batch.action[b * slots + s] = action;
    }
    batch.reward[b] = static_cast<float>(g.uniform(-1, 1));
    batch.discount[b] = g.below(4) == 0 ? 0.0F : 0.9F;
    batch.weight[b] = static_cast<float>(g.uniform(0.5, 1.5));
    batch.steps[b] = 1;
    batch.item[b] = b;
  }
  return batch;
}

}  // namespace iqnrl::testing
