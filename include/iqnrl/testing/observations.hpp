// Observations of random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <iqnrl/core/frame_stacker.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/random.hpp>

namespace iqnrl::testing {

/// Fills rows of part I of an observation: bytes from 0 to 255, other integers as well, floating-point numbers in [-1,
/// 1), masks with at least one allowed action a slot.
template <class Observation, std::size_t I>
void randomise(std::span<typename Observation::template part_at<I>::value_type> values, generator& g) {
  using part_type = typename Observation::template part_at<I>;
  using element = typename part_type::value_type;
  for (element& x : values) {
    if constexpr (part_type::purpose == role::legal) {
      x = static_cast<element>(g.below(2));
    } else if constexpr (std::is_integral_v<element>) {
      x = static_cast<element>(g.below(256));
    } else {
      x = static_cast<element>(g.uniform(-1, 1));
    }
  }
  if constexpr (part_type::purpose == role::legal) {
    constexpr std::size_t actions = part_type::shape.back();
    for (std::size_t first = 0; first < values.size(); first += actions) values[first + g.below(actions)] = 1;
  }
}

/// An observation of random numbers, the same for the same generator.
template <class Observation>
[[nodiscard]] typename Observation::value random_observation(generator& g) {
  typename Observation::value seen;
  for_each_part<Observation>([&](auto i) { randomise<Observation, i>(seen.template at<i>(), g); });
  return seen;
}

/// What is seen in a step of an episode of random observations; stacks hold the frames of the steps before.
template <class Observation>
[[nodiscard]] typename Observation::value random_observation(std::uint64_t episode, std::uint64_t step) {
  const auto fresh = [&](std::uint64_t s) {
    generator g(sequence{episode, stream::world, s});
    return random_observation<Observation>(g);
  };
  auto seen = fresh(step);
  for_each_part<Observation>([&](auto i) {
    using part_type = typename Observation::template part_at<i>;
    if constexpr (iqnrl::detail::stacked<part_type>) {
      frame_stacker<part_type> frames;
      for (std::uint64_t s = 0; s <= step; ++s) {
        const auto shown = fresh(s);
        const auto newest = std::span(shown.template at<i>()).template last<part_type::frame::size>();
        s == 0 ? frames.begin(newest) : frames.push(newest);
      }
      frames.write(seen.template at<i>());
    }
  });
  return seen;
}

}  // namespace iqnrl::testing
