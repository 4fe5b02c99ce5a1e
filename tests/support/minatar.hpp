// What the tests of the MinAtar games share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/random.hpp>
#include <minatar/minatar.hpp>

namespace iqnrl::testing {

using cells = std::vector<example::minatar::cell>;

inline iqnrl::generator minatar_random(std::uint64_t seed, std::uint64_t episode = 0) {
  return iqnrl::generator(iqnrl::sequence{seed, iqnrl::stream::world, episode});
}

/// The marked cells of a channel, row by row.
template <class Rules>
cells lit(const Rules& rules, std::size_t channel) {
  using example::minatar::side;
  std::array<std::uint8_t, Rules::channels * side * side> bytes{};
  bytes.fill(7);
  example::minatar::picture<Rules::channels> image{std::span(bytes)};
  rules.draw(image);
  cells found;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const std::uint8_t byte = bytes[channel * side * side + static_cast<std::size_t>(y * side + x)];
      CHECK((byte == 0 || byte == 255));
      if (byte == 255) found.push_back({x, y});
    }
  }
  return found;
}

/// Plays a frame with a generator of its own.
template <class Rules>
example::minatar::verdict play(Rules& rules, example::minatar::button pressed = example::minatar::button::none) {
  iqnrl::generator random = minatar_random(1);
  return rules.play(pressed, random);
}

struct minatar_episode {
  double score = 0;
  int frames = 0;
};

/// An episode of the random policy.
template <class World>
minatar_episode random_episode(World& world, std::uint64_t seed, std::uint64_t number) {
  world.reset(minatar_random(seed, number));
  iqnrl::generator choice(iqnrl::sequence{seed, iqnrl::stream::explore, number});
  minatar_episode result;
  while (!world.over()) {
    result.score += static_cast<double>(world.step(static_cast<int>(choice.below(World::actions))).reward);
    ++result.frames;
  }
  return result;
}

}  // namespace iqnrl::testing
