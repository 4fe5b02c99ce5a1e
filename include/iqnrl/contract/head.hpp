// The head axis: features -> quantiles of every action.
#pragma once

#include <concepts>
#include <cstddef>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/encoder.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept head_binds = requires(const typename P::config& c) {
  typename P::template bind<8, 1, 1, 2>;
  requires(std::constructible_from<typename P::template bind<8, 1, 1, 2>, decltype(c)>);
};
template <class L>
concept head_runs = requires(const L l, probe_forward& f, probe_backward& b, const view<const float, 2>& x,
                             typename L::template tape<float>& t, const view<float, 2>& d) {
  { l.forward(f, x, t) } -> std::convertible_to<view<const float, 2>>;
  { l.backward(b, std::as_const(t), d) } -> std::convertible_to<view<float, 2>>;
};
}  // namespace detail

/// A head. It may also have `rank(Pass&, h, tape<T>&)`, which gives what `forward` gives but for numbers that all
/// actions of a slot have in common, and is asked where only the choice of an action matters: it may then do less.
template <class P>
concept head_policy = policy_on<P, axis::head> && detail::head_binds<P> &&
    detail::layer<typename P::template bind<8, 1, 1, 2>> && detail::head_runs<typename P::template bind<8, 1, 1, 2>>;

/// Says in one sentence what a type lacks to be a head.
template <class P>
consteval bool check_head() {
  static_assert(policy_on<P, axis::head>,
                "iqnrl[head]: the head needs `using axis = iqnrl::axis::head;` and an aggregate `struct config`  -> "
                "docs/head.md");
  static_assert(detail::head_binds<P>,
                "iqnrl[head]: the head needs `template <std::size_t Features, std::size_t Quantiles, std::size_t "
                "Slots, std::size_t Actions> struct bind`, made from the config  -> docs/head.md");
  if constexpr (detail::head_binds<P>) {
    using L = typename P::template bind<8, 1, 1, 2>;
    static_assert(detail::layer<L>,
                  "iqnrl[head]: bind needs `void declare(parameter_table&)`, `void prepare(const Pass&) const` and "
                  "`template <class T> struct tape`  -> docs/head.md");
    if constexpr (detail::layer<L>) {
      static_assert(
          detail::head_runs<L>,
          "iqnrl[head]: bind needs `forward(Pass&, h, tape<T>&) const -> view<T, 2>` [rows, Quantiles Slots Actions] "
          "and `backward(Pass&, const tape<T>&, dq) const -> view<T, 2>`, the gradient of h  -> docs/head.md");
    }
  }
  return head_policy<P>;
}

namespace head {
/// The least that satisfies the contract: zero, whatever the features.
struct archetype {
  using axis = iqnrl::axis::head;
  struct config {};
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  struct bind {
    explicit bind(const config&) {}
    template <class T>
    struct tape {};
    void declare(parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const view<const T, 2>& h, tape<T>&) const {
      const view<T, 2> q = p.memory.template take<T, 2>({h.rows(), Quantiles * Slots * Actions});
      p.device.fill(q, T(0));
      return q;
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>&, const view<T, 2>& dq) const {
      const view<T, 2> dh = p.memory.template take<T, 2>({dq.rows(), Features});
      p.device.fill(dh, T(0));
      return dh;
    }
  };
};
static_assert(head_policy<archetype>);
}  // namespace head

}  // namespace iqnrl
