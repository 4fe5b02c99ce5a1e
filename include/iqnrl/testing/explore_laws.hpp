// The law of behaviours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <iqnrl/contract/explore.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/rows.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

/// The actions that a behaviour takes at values [S, A], by the random numbers of draw `step`, or all of them `u`.
template <class T, class P>
[[nodiscard]] std::vector<std::int32_t> acted(const P& p, const std::vector<T>& value, std::size_t slots,
                                              std::uint64_t step, double u = -1) {
  const std::size_t actions = value.size() / slots;
  std::vector<T> random(P::randoms(slots, actions));
  for (std::size_t i = 0; i < random.size(); ++i) {
    random[i] = u < 0 ? uniform<T>(sequence{2, stream::explore, step}, i) : static_cast<T>(u);
  }
  std::vector<std::int32_t> action(slots, -1);
  p.at(100)(row<const T, 2>(value.data(), {slots, actions}), row_on(std::as_const(random)),
            row<std::int32_t, 1>(action.data(), {slots}));
  return action;
}

/// Everything that must hold of a behaviour: it takes an allowed action in every slot, at every random number, and the
/// same one for the same numbers.
template <class P>
void explore_laws(const typename P::config& config = {}) {
  static_assert(check_explore<P>());
  const P p{config};
  const auto check = [&]<class T>(T) {
    for (std::uint64_t round = 0; round < 300; ++round) {
      generator g(sequence{round, stream::world, 0});
      const std::size_t slots = 1 + g.below(4);
      const std::size_t actions = 1 + g.below(6);
      auto value = noise<T>(slots * actions, round);
      for (T& v : value) {
        if (g.below(2) == 0) v = illegal<T>;
      }
      for (std::size_t s = 0; s < slots; ++s) {
        value[s * actions + g.below(static_cast<std::uint32_t>(actions))] = T(-50);
      }
      for (const double u : {-1.0, 0.0, 0.3, 1.0 - 0x1p-24}) {
        const auto action = acted(p, value, slots, round, u);
        for (std::size_t s = 0; s < slots; ++s) {
          DOCTEST_REQUIRE((action[s] >= 0 && action[s] < static_cast<std::int32_t>(actions)));
          DOCTEST_REQUIRE(value[s * actions + static_cast<std::size_t>(action[s])] > illegal<T>);
        }
      }
      DOCTEST_REQUIRE(acted(p, value, slots, round) == acted(p, value, slots, round));
    }
  };
  check(1.0F);
  check(1.0);
}

}  // namespace iqnrl::testing
