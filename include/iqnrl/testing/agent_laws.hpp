// The law of agents: a training is finite, counted, restored and the same for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace iqnrl::testing {

/// A training that was interrupted: what was saved, and where the world was.
template <class World>
struct interrupted {
  snapshot saved;
  episodes<World> world;
};

/// One update a step, `updates` of them, with `threads` threads, from the beginning or from where another training was
/// saved; the digest at the end. With `half` it is filled half way through.
template <class Agent>
[[nodiscard]] std::uint64_t trained(const typename Agent::config& numbers, std::size_t threads, std::uint64_t updates,
                                    const interrupted<typename Agent::world_type>* from = nullptr,
                                    std::optional<interrupted<typename Agent::world_type>>* half = nullptr) {
  context ctx{.threads = threads, .seed = 11};
  Agent agent(ctx, numbers);
  episodes<typename Agent::world_type> world(5);
  const auto weights = [&] { return host_of(agent.learning().dev(), agent.learning().online()->parameters()); };
  const auto before = weights();
  if (from != nullptr) {
    from->saved.restore(agent);
    world = from->world;
  }
  while (agent.updates() < updates) {
    const std::uint64_t steps = agent.steps();
    DOCTEST_REQUIRE(steps <
                    100 * updates + 10 * static_cast<std::uint64_t>(
                                             numbers.learning_starts.max()));  // or it never has enough to learn from
    const std::uint64_t done = agent.updates();
    world.step(agent);
    const learn_report report = agent.learn();
    DOCTEST_REQUIRE(agent.steps() == steps + 1);
    DOCTEST_REQUIRE(agent.updates() == done + (report.updated ? 1 : 0));
    DOCTEST_REQUIRE((is_finite(report.loss) && is_finite(report.gradient_norm)));
    if (half != nullptr && !half->has_value() && agent.updates() == updates / 2) {
      half->emplace(interrupted<typename Agent::world_type>{snapshot::of(agent), world});
    }
  }
  DOCTEST_CHECK(weights() != before);
  return digest(agent);
}

/// `updates` updates of an agent in its own world: steps and updates are counted, losses finite and weights changed;
/// the bits are those of 1 and 2 threads, and of a fresh agent that goes on from a snapshot taken half way.
template <class Agent>
void agent_laws(const typename Agent::config& numbers, std::uint64_t updates = 40) {
  std::optional<interrupted<typename Agent::world_type>> half;
  const std::uint64_t one = trained<Agent>(numbers, 1, updates, nullptr, &half);
  DOCTEST_CHECK(trained<Agent>(numbers, 2, updates) == one);
  DOCTEST_CHECK(trained<Agent>(numbers, 2, updates, &*half) == one);
}

}  // namespace iqnrl::testing
