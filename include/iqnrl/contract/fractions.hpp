// The fractions axis: at which quantile fractions tau a distribution is evaluated.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// What a set of fractions is for; each has a count of its own.
enum class fraction_use : std::uint8_t {
  online,  ///< the loss's own forward, N
  target,  ///< the values that the target is made of, N'
  select,  ///< the choice of an action inside a target, K; what all actions have in common is left out of its quantiles
  act,     ///< acting, K
};

namespace detail {
template <class P>
concept fractions_counts = requires(const P p, fraction_use use, std::size_t n) {
  { p.count(use) } -> std::convertible_to<std::size_t>;
  { p.randoms(n) } -> std::convertible_to<std::size_t>;
  { P::fixed } -> std::convertible_to<std::size_t>;
};
template <class P>
concept fractions_fill = requires(const P p, std::size_t i, const row<float, 1>& tau, const row<const float, 1>& u) {
  p(i, tau, u);
};
}  // namespace detail

/// A fraction policy.
template <class P>
concept fractions_policy =
    policy_on<P, axis::fractions> && made_from_config<P> && detail::fractions_counts<P> && detail::fractions_fill<P>;

/// Says in one sentence what a type lacks to be a fraction policy.
template <class P>
consteval bool check_fractions() {
  static_assert(policy_on<P, axis::fractions>,
                "iqnrl[fractions]: the policy needs `using axis = iqnrl::axis::fractions;` and an aggregate `struct "
                "config`  -> docs/fractions.md");
  static_assert(made_from_config<P>,
                "iqnrl[fractions]: the policy must be constructible from its config  -> docs/fractions.md");
  static_assert(detail::fractions_counts<P>,
                "iqnrl[fractions]: the policy needs `count(fraction_use) const`, `randoms(std::size_t count) const` "
                "and `static constexpr std::size_t fixed` (0 where fractions are drawn)  -> docs/fractions.md");
  static_assert(detail::fractions_fill<P>,
                "iqnrl[fractions]: the policy needs `void operator()(std::size_t, const row<T, 1>& tau, const "
                "row<const T, 1>& uniform) const`  -> docs/fractions.md");
  return fractions_policy<P>;
}

namespace fractions {
/// The least that satisfies the contract: the median.
struct archetype {
  using axis = iqnrl::axis::fractions;
  struct config {};
  static constexpr std::size_t fixed = 1;
  explicit archetype(const config&) {}
  [[nodiscard]] std::size_t count(fraction_use) const { return 1; }
  [[nodiscard]] std::size_t randoms(std::size_t) const { return 0; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>&) const {
    tau[0] = T(0.5);
  }
};
static_assert(fractions_policy<archetype>);
}  // namespace fractions

}  // namespace iqnrl
