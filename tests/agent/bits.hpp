// The same bits for any number of threads, and after a restart.
#pragma once

#include <cstdint>
#include <optional>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/agent/shards.hpp>
#include <iqnrl/core/state.hpp>
#include <support/worlds.hpp>

namespace iqnrl::testing {

/// A training that was interrupted: what was saved, and where the world was.
template <class World>
struct interrupted {
  snapshot saved;
  episodes<World> world;
};

/// `updates` updates with `threads` threads, one a step, from the beginning or from where another training was saved;
/// the digest at the end. With `half` it is filled half way through.
template <class Agent>
[[nodiscard]] std::uint64_t trained(const typename Agent::config& numbers, std::size_t threads, std::uint64_t updates,
                                    const interrupted<typename Agent::world_type>* from = nullptr,
                                    std::optional<interrupted<typename Agent::world_type>>* half = nullptr) {
  context ctx{.threads = threads, .seed = 11};
  Agent agent(ctx, numbers);
  episodes<typename Agent::world_type> world(5);
  if (from != nullptr) {
    from->saved.restore(agent);
    world = from->world;
  }
  while (agent.updates() < updates) {
    world.step(agent);
    agent.learn();
    if (half != nullptr && !half->has_value() && agent.updates() == updates / 2) {
      half->emplace(interrupted<typename Agent::world_type>{snapshot::of(agent), world});
    }
  }
  return digest(agent);
}

/// Weights, replay and random state after `updates` updates: alike for 1, 2, 3 and 8 threads, and when a fresh agent
/// with another number of threads goes on from the snapshot taken half way.
template <class Agent>
void check_bits(const typename Agent::config& numbers, std::size_t rows_each, std::uint64_t updates) {
  REQUIRE(shard_plan::of(numbers.batch, rows_each).count > 1);
  std::optional<interrupted<typename Agent::world_type>> half;
  const std::uint64_t one = trained<Agent>(numbers, 1, updates, nullptr, &half);
  for (const std::size_t threads : {2U, 3U, 8U}) {
    CAPTURE(threads);
    CHECK(trained<Agent>(numbers, threads, updates) == one);
  }
  CHECK(trained<Agent>(numbers, 2, updates, &*half) == one);
  CHECK(trained<Agent>(numbers, 1, updates - 1) != one);
}

}  // namespace iqnrl::testing
