// The encoder axis: observation -> features.
#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl {

namespace detail {
template <class Observation, class Indices>
struct part_views_of;
template <class Observation, std::size_t... I>
struct part_views_of<Observation, std::index_sequence<I...>> {
  using type = std::tuple<view<const typename Observation::template part_at<I>::value_type, 2>...>;
};
}  // namespace detail

/// A batch of observations in a backend's memory: per part a view [B, size] of its own type.
template <class Observation>
using observation_views =
    typename detail::part_views_of<Observation, std::make_index_sequence<Observation::count>>::type;

namespace detail {
// The types that a check tries a policy with.
using probe_backend = backend::reference;
using probe_forward = forward_pass<probe_backend, float>;
using probe_backward = backward_pass<probe_backend, float>;
using probe_prepare = prepare_pass<probe_backend, float>;

template <class L>
concept layer = requires(L l, const L c, parameter_table& t, const probe_prepare& p) {
  l.declare(t);
  c.prepare(p);
  typename L::template tape<float>;
};
/// Whether an encoder can read an observation: what its `template <class Observation> static consteval bool check()`
/// says, which has a sentence for each reason why not; true where it has none.
template <class P, class Observation>
consteval bool encoder_reads() {
  if constexpr (requires { P::template check<Observation>; }) {
    return P::template check<Observation>();
  } else {
    return true;
  }
}
template <class P, class Observation>
concept encoder_has_bind = requires {
  typename P::template bind<Observation>;
};
template <class P, class Observation>
concept encoder_binds = requires(const typename P::config& c) {
  typename P::template bind<Observation>;
  requires(std::constructible_from<typename P::template bind<Observation>, decltype(c)>);
  { P::template bind<Observation>::features } -> std::convertible_to<std::size_t>;
};
template <class L, class Observation>
concept encoder_runs = requires(const L l, probe_forward& f, probe_backward& b, const observation_views<Observation>& x,
                                typename L::template tape<float>& t, const view<float, 2>& d) {
  { l.forward(f, x, t) } -> std::convertible_to<view<const float, 2>>;
  l.backward(b, std::as_const(t), d);
};
}  // namespace detail

/// An encoder for an observation.
template <class P, class Observation>
concept encoder_for = policy_on<P, axis::encoder> && detail::encoder_binds<P, Observation> &&
    detail::layer<typename P::template bind<Observation>> &&
    detail::encoder_runs<typename P::template bind<Observation>, Observation>;

/// Says in one sentence what a type lacks to be an encoder for an observation.
template <class P, class Observation>
consteval bool check_encoder() {
  static_assert(policy_on<P, axis::encoder>,
                "iqnrl[encoder]: the encoder needs `using axis = iqnrl::axis::encoder;` and an aggregate `struct "
                "config`  -> docs/encoder.md");
  // An encoder that refuses the observation says so itself, here, before a concept asks.
  if constexpr (requires { P::template check<Observation>; }) static_assert(P::template check<Observation>());
  if constexpr (detail::encoder_has_bind<P, Observation>) {
    static_assert(alignof(typename P::template bind<Observation>) > 0);
  }
  static_assert(detail::encoder_binds<P, Observation>,
                "iqnrl[encoder]: the encoder needs `template <class Observation> struct bind`, made from the config, "
                "with `static constexpr std::size_t features`  -> docs/encoder.md");
  if constexpr (detail::encoder_binds<P, Observation>) {
    using L = typename P::template bind<Observation>;
    static_assert(detail::layer<L>,
                  "iqnrl[encoder]: bind needs `void declare(parameter_table&)`, `void prepare(const Pass&) const` and "
                  "`template <class T> struct tape`  -> docs/encoder.md");
    if constexpr (detail::layer<L>) {
      static_assert(
          detail::encoder_runs<L, Observation>,
          "iqnrl[encoder]: bind needs `forward(Pass&, const observation_views<Observation>&, tape<T>&) const -> "
          "view<T, 2>` and `backward(Pass&, const tape<T>&, const view<T, 2>&) const`  -> docs/encoder.md");
    }
  }
  return encoder_for<P, Observation>;
}

namespace encoder {
/// The least that satisfies the contract: one feature, always 1.
struct archetype {
  using axis = iqnrl::axis::encoder;
  struct config {};
  template <class Observation>
  struct bind {
    static constexpr std::size_t features = 1;
    explicit bind(const config&) {}
    template <class T>
    struct tape {};
    void declare(parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>&) const {
      const view<T, 2> y = p.memory.template take<T, 2>({std::get<0>(x).rows(), features});
      p.device.fill(y, T(1));
      return y;
    }
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass&, const tape<T>&, const view<T, 2>&) const {}
  };
};
}  // namespace encoder

}  // namespace iqnrl
