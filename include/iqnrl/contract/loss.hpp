// The loss axis: how far the predicted quantiles of the taken action are from their targets.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// What a loss says of one sample.
template <class T>
struct loss_value {
  T loss = 0;      ///< the sample's loss, before importance weight and batch reduction
  T absolute = 0;  ///< sum over predictions of the mean absolute difference to the targets, BTR's priority
};

/// The weights of M targets that all weigh the same.
template <class T>
struct equal_weights {
  T each;
  [[nodiscard]] constexpr T operator[](std::size_t) const { return each; }
};

namespace detail {
template <class P>
concept loss_runs = requires(const P p, const row<const float, 1>& z, const row<const float, 1>& tau,
                             const row<const float, 1>& y, const equal_weights<float>& w, float scale,
                             const row<float, 1>& dz) {
  { p(z, tau, y, w, scale, dz) } -> std::same_as<loss_value<float>>;
};
template <class P>
concept loss_scales = requires(const P p, std::size_t batch) {
  { p.batch_scale(batch) } -> std::convertible_to<double>;
  { P::batch_wide } -> std::convertible_to<bool>;
};
template <class P>
concept loss_reduces = requires(P p, const P c, const row<const float, 1>& y, const row<const float, 1>& tau,
                                std::span<const double> statistic, std::span<double> factor) {
  { c.statistic(y, tau) } -> std::same_as<float>;
  p.reduce(statistic, factor);
};
}  // namespace detail

/// A loss.
template <class P>
concept loss_policy = policy_on<P, axis::loss> && made_from_config<P> && detail::loss_runs<P> &&
    detail::loss_scales<P> &&(!P::batch_wide || detail::loss_reduces<P>);

/// Says in one sentence what a type lacks to be a loss.
template <class P>
consteval bool check_loss() {
  static_assert(policy_on<P, axis::loss>,
                "iqnrl[loss]: the loss needs `using axis = iqnrl::axis::loss;` and an aggregate `struct config`  -> "
                "docs/loss.md");
  static_assert(made_from_config<P>, "iqnrl[loss]: the loss must be constructible from its config  -> docs/loss.md");
  static_assert(detail::loss_runs<P>,
                "iqnrl[loss]: the loss needs `loss_value<T> operator()(z, tau, y, weights, T scale, dz) const` on "
                "rows, which writes dz = scale * dloss/dz  -> docs/loss.md");
  static_assert(detail::loss_scales<P>,
                "iqnrl[loss]: the loss needs `double batch_scale(std::size_t batch) const` and `static constexpr bool "
                "batch_wide`  -> docs/loss.md");
  if constexpr (detail::loss_scales<P>) {
    static_assert(!P::batch_wide || detail::loss_reduces<P>,
                  "iqnrl[loss]: a batch-wide loss needs `T statistic(y, tau) const` a sample and `void "
                  "reduce(std::span<const double> statistics, std::span<double> factors)`  -> docs/loss.md");
  }
  return loss_policy<P>;
}

namespace loss {
/// The least that satisfies the contract: no loss.
struct archetype {
  using axis = iqnrl::axis::loss;
  struct config {};
  static constexpr bool batch_wide = false;
  explicit archetype(const config&) {}
  [[nodiscard]] double batch_scale(std::size_t) const { return 1; }
  template <class T, class Weights>
  loss_value<T> operator()(const row<const T, 1>&, const row<const T, 1>&, const row<const T, 1>&, const Weights&, T,
                           const row<T, 1>& dz) const {
    for (T& x : dz) x = T(0);
    return {};
  }
};
static_assert(loss_policy<archetype>);
}  // namespace loss

}  // namespace iqnrl
