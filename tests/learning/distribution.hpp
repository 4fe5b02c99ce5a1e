// How far learned return distributions are from the known ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <support/learned_distribution.hpp>

namespace known {

/// Wasserstein-1 distance as a share of the range of returns.
inline constexpr double allowed = 0.05;

/// The worst of all (s, a) after training with this seed.
template <class Learner, class World>
double worst_error(const World& world, double gamma, std::uint64_t seed) {
  const auto errors = relative_errors<World>(world.returns(), learn_quantiles<Learner>(world, gamma, seed));
  return *std::max_element(errors.begin(), errors.end());
}

/// Both heads, on every (s, a).
template <class World>
void check_heads(const World& world) {
  for (const std::uint64_t seed : {1U, 2U}) {
    CAPTURE(world.facts().name);
    CAPTURE(seed);
    CHECK(worst_error<iqn_learner<World>>(world, world.facts().gamma, seed) <= allowed);
    CHECK(worst_error<qr_learner<World>>(world, world.facts().gamma, seed) <= allowed);
  }
}

}  // namespace known
