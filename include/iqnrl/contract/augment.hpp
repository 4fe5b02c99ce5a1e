// The augment axis: what an update changes at random in the observations that it learns from.
#pragma once

#include <concepts>
#include <cstddef>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/encoder.hpp>

namespace iqnrl {

namespace detail {
template <class P, class Observation>
concept augment_binds = requires(const typename P::config& c) {
  typename P::template bind<Observation>;
  typename P::template bind<Observation>::seen;
  requires(std::constructible_from<typename P::template bind<Observation>, decltype(c)>);
  { P::template bind<Observation>::randoms } -> std::convertible_to<std::size_t>;
};
template <class B, class Observation>
concept augment_runs = requires(const B b, probe_forward& p, const observation_views<Observation>& x,
                                const view<const float, 2>& u) {
  { b(p, x, u) } -> std::convertible_to<observation_views<typename B::seen>>;
};
}  // namespace detail

/// An augmentation of an observation.
template <class P, class Observation>
concept augment_for = policy_on<P, axis::augment> && detail::augment_binds<P, Observation> &&
    detail::augment_runs<typename P::template bind<Observation>, Observation>;

/// Says in one sentence what a type lacks to be an augmentation of an observation.
template <class P, class Observation>
consteval bool check_augment() {
  static_assert(policy_on<P, axis::augment>,
                "iqnrl[augment]: the augmentation needs `using axis = iqnrl::axis::augment;` and an aggregate `struct "
                "config`  -> docs/augment.md");
  if constexpr (requires { P::template check<Observation>(); }) static_assert(P::template check<Observation>());
  static_assert(detail::augment_binds<P, Observation>,
                "iqnrl[augment]: the augmentation needs `template <class Observation> struct bind`, made from the "
                "config, with `using seen` (the observation that it gives) and `static constexpr std::size_t randoms`  "
                "-> docs/augment.md");
  if constexpr (detail::augment_binds<P, Observation>) {
    static_assert(
        detail::augment_runs<typename P::template bind<Observation>, Observation>,
        "iqnrl[augment]: bind needs `operator()(Pass&, const observation_views<Observation>&, const view<const "
        "T, 2>& uniform) const -> observation_views<seen>`  -> docs/augment.md");
  }
  return augment_for<P, Observation>;
}

namespace augment {
/// The least that satisfies the contract: observations as they are.
struct none {
  using axis = iqnrl::axis::augment;
  struct config {};

  template <class Observation>
  struct bind {
    using seen = Observation;
    static constexpr std::size_t randoms = 0;
    explicit bind(const config& /*c*/) {}
    template <class Pass, class T = typename Pass::value_type>
    observation_views<seen> operator()(Pass& /*p*/, const observation_views<Observation>& x,
                                       const view<const T, 2>& /*uniform*/) const {
      return x;
    }
  };
};
}  // namespace augment

}  // namespace iqnrl
