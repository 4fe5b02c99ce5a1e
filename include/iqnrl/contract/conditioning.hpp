// The conditioning axis: how features meet the quantile fractions.
#pragma once

#include <concepts>
#include <cstddef>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/encoder.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept conditioning_binds = requires(const typename P::config& c) {
  typename P::template bind<8>;
  requires(std::constructible_from<typename P::template bind<8>, decltype(c)>);
  { P::per_fraction } -> std::convertible_to<bool>;
};
template <class L>
concept conditioning_runs = requires(const L l, probe_forward& f, probe_backward& b, const view<const float, 2>& x,
                                     typename L::template tape<float>& t, const view<float, 2>& d) {
  { l.forward(f, x, x, t) } -> std::convertible_to<view<const float, 2>>;
  { l.backward(b, std::as_const(t), d) } -> std::convertible_to<view<float, 2>>;
};
}  // namespace detail

/// A conditioning policy.
template <class P>
concept conditioning_policy = policy_on<P, axis::conditioning> && detail::conditioning_binds<P> &&
    detail::layer<typename P::template bind<8>> && detail::conditioning_runs<typename P::template bind<8>>;

/// Says in one sentence what a type lacks to be a conditioning policy.
template <class P>
consteval bool check_conditioning() {
  static_assert(policy_on<P, axis::conditioning>,
                "iqnrl[conditioning]: the policy needs `using axis = iqnrl::axis::conditioning;` and an aggregate "
                "`struct config`  -> docs/conditioning.md");
  static_assert(
      detail::conditioning_binds<P>,
      "iqnrl[conditioning]: the policy needs `static constexpr bool per_fraction` (rows come out once a fraction) and "
      "`template <std::size_t Features> struct bind`, made from the config  -> docs/conditioning.md");
  if constexpr (detail::conditioning_binds<P>) {
    using L = typename P::template bind<8>;
    static_assert(detail::layer<L>,
                  "iqnrl[conditioning]: bind needs `void declare(parameter_table&)`, `void prepare(const Pass&) const` "
                  "and `template <class T> struct tape`  -> docs/conditioning.md");
    if constexpr (detail::layer<L>) {
      static_assert(
          detail::conditioning_runs<L>,
          "iqnrl[conditioning]: bind needs `forward(Pass&, psi, tau, tape<T>&) const -> view<T, 2>` and "
          "`backward(Pass&, const tape<T>&, dh) const -> view<T, 2>`, the gradient of psi  -> docs/conditioning.md");
    }
  }
  return conditioning_policy<P>;
}

namespace conditioning {
/// The least that satisfies the contract: the features as they are, whatever the fractions.
struct archetype {
  using axis = iqnrl::axis::conditioning;
  struct config {};
  static constexpr bool per_fraction = false;
  template <std::size_t Features>
  struct bind {
    explicit bind(const config&) {}
    template <class T>
    struct tape {};
    void declare(parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass&, const view<const T, 2>& psi, const view<const T, 2>&, tape<T>&) const {
      return psi;
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass&, const tape<T>&, const view<T, 2>& dh) const {
      return dh;
    }
  };
};
static_assert(conditioning_policy<archetype>);
}  // namespace conditioning

}  // namespace iqnrl
