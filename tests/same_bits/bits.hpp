// The same bits for any number of threads, and after a restart.
#pragma once

#include <cstdint>
#include <optional>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/agent/shards.hpp>
#include <iqnrl/testing/agent_laws.hpp>

namespace iqnrl::testing {

/// Updates of a check: `full`, or, for sanitizers, which look for races and stray accesses and not for bits, a tenth.
[[nodiscard]] constexpr std::uint64_t updates_of(std::uint64_t full) {
#ifdef IQNRL_TEST_SANITIZED
  return full / 10 + 10;
#else
  return full;
#endif
}

/// Weights, replay and random state after `full` updates: alike for 1, 2, 3 and 8 threads, and when a fresh agent
/// with another number of threads goes on from the snapshot taken half way.
template <class Agent>
void check_bits(const typename Agent::config& numbers, std::size_t rows_each, std::uint64_t full) {
  const std::uint64_t updates = updates_of(full);
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
