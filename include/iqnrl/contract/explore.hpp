// The explore axis: how values become actions.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept explore_kernels = requires(const P p, std::size_t n, std::uint64_t step) {
  { P::randoms(n, n) } -> std::convertible_to<std::size_t>;
  p.at(step);
};
template <class K>
concept explore_acts = requires(const K k, const row<const float, 2>& value, const row<const float, 1>& u,
                                const row<std::int32_t, 1>& action) {
  k(value, u, action);
};
/// Whether a behaviour acts on a network whose layers are noisy, with fresh noise for every act: `static constexpr bool
/// noise = true`.
template <class P>
inline constexpr bool explores_by_noise = false;
template <class P>
requires requires { P::noise; }
inline constexpr bool explores_by_noise<P> = P::noise;
template <class P>
concept explore_rules = explore_acts<decltype(std::declval<const P&>().at(0))>;
}  // namespace detail

/// A behaviour.
template <class P>
concept explore_policy =
    policy_on<P, axis::explore> && made_from_config<P> && detail::explore_kernels<P> && detail::explore_rules<P>;

/// Says in one sentence what a type lacks to be a behaviour.
template <class P>
consteval bool check_explore() {
  static_assert(policy_on<P, axis::explore>,
                "iqnrl[explore]: the behaviour needs `using axis = iqnrl::axis::explore;` and an aggregate `struct "
                "config`  -> docs/explore.md");
  static_assert(made_from_config<P>,
                "iqnrl[explore]: the behaviour must be constructible from its config  -> docs/explore.md");
  static_assert(detail::explore_kernels<P>,
                "iqnrl[explore]: the behaviour needs `static std::size_t randoms(slots, actions)` and "
                "`at(std::uint64_t step) const`, its rule at an environment step  -> docs/explore.md");
  if constexpr (detail::explore_kernels<P>) {
    static_assert(detail::explore_rules<P>,
                  "iqnrl[explore]: what `at(step)` returns needs `void operator()(const row<const T, 2>& value, const "
                  "row<const T, 1>& uniform, const row<std::int32_t, 1>& action) const`  -> docs/explore.md");
  }
  return explore_policy<P>;
}

namespace explore {
/// The least that satisfies the contract: the action of the largest value, always. Evaluation acts so too.
struct greedy {
  using axis = iqnrl::axis::explore;
  struct config {};
  config cfg;
  [[nodiscard]] static std::size_t randoms(std::size_t, std::size_t) { return 0; }
  struct rule {
    template <class T>
    void operator()(const row<const T, 2>& value, const row<const T, 1>&, const row<std::int32_t, 1>& action) const {
      for (std::size_t s = 0; s < action.size(); ++s) action[s] = best(value, s);
    }
    template <class T>
    [[nodiscard]] static std::int32_t best(const row<const T, 2>& value, std::size_t s) {
      std::size_t b = 0;
      for (std::size_t a = 1; a < value.extent(1); ++a) {
        if (value(s, a) > value(s, b)) b = a;
      }
      return static_cast<std::int32_t>(b);
    }
  };
  [[nodiscard]] rule at(std::uint64_t) const { return {}; }
};
static_assert(explore_policy<greedy>);
}  // namespace explore

}  // namespace iqnrl
