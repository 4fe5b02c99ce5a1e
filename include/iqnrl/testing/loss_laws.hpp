// The law of losses.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <iqnrl/contract/loss.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/gradient_check.hpp>
#include <iqnrl/testing/rows.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

template <class T>
struct loss_result {
  T loss = 0;
  T absolute = 0;
  std::vector<T> dz{};
};

/// The loss of predictions z at fractions tau and targets y, which weigh the same unless weights are given.
template <class T, class Loss>
[[nodiscard]] loss_result<T> loss_of(const Loss& l, const std::vector<T>& z, const std::vector<T>& tau,
                                     const std::vector<T>& y, std::vector<T> w = {}, T scale = T(1)) {
  if (w.empty()) w.assign(y.size(), T(1) / static_cast<T>(y.size()));
  loss_result<T> r;
  r.dz.assign(z.size(), T(77));
  const auto v = l(row_on(z), row_on(tau), row_on(y), std::as_const(w), scale, row_on(r.dz));
  r.loss = v.loss;
  r.absolute = v.absolute;
  return r;
}

/// Fractions strictly between 0 and 1.
template <class T>
[[nodiscard]] std::vector<T> some_fractions(std::size_t n, std::uint64_t seed) {
  auto tau = noise<T>(n, seed);
  for (T& t : tau) t = T(0.5) + T(0.49) * t;
  return tau;
}

template <class T>
[[nodiscard]] bool near(T a, T b) {
  return std::abs(a - b) <= T(200) * std::numeric_limits<T>::epsilon() * std::max(T(1), std::abs(b));
}
template <class T>
[[nodiscard]] bool near(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return near(x, y); });
}

/// Numbers of predictions and targets that losses are tried with.
inline constexpr std::array<std::pair<std::size_t, std::size_t>, 7> loss_shapes{
    {{1, 1}, {1, 7}, {5, 1}, {3, 5}, {16, 16}, {17, 33}, {64, 2}}};

/// Everything that must hold of a loss: `absolute` is the mean absolute difference to the targets, summed over the
/// predictions; a target of double weight is two targets; the order of targets and of predictions does not matter; dz
/// is the gradient, times `scale`, and may be left out; a batch-wide statistic becomes a finite, positive factor.
template <class Loss, class T>
void loss_laws(const typename Loss::config& config = {}) {
  static_assert(check_loss<Loss>());
  const Loss l{config};
  DOCTEST_CHECK((is_finite(l.batch_scale(8)) && l.batch_scale(8) > 0));
  for (const auto& shape : loss_shapes) {
    const std::size_t n = shape.first;
    const std::size_t m = shape.second;
    DOCTEST_CAPTURE(n);
    DOCTEST_CAPTURE(m);
    const auto z = noise<T>(n, 1);
    const auto y = noise<T>(m, 2);
    const auto tau = some_fractions<T>(n, 3);
    const loss_result<T> r = loss_of(l, z, tau, y);
    T absolute = 0;
    for (const T a : z) {
      for (const T b : y) absolute += std::abs(b - a) / static_cast<T>(m);
    }
    DOCTEST_CHECK(near(r.absolute, absolute));
    DOCTEST_CHECK(is_finite(r.loss));

    // the first target three times, the others once, in another order: the same as weights of 3 and 1
    std::vector<T> thrice(y.rbegin(), y.rend());
    thrice.insert(thrice.end(), 2, y[0]);
    std::vector<T> w(m, T(1) / static_cast<T>(m + 2));
    w[0] *= 3;
    const loss_result<T> weighted = loss_of(l, z, tau, y, w);
    const loss_result<T> repeated = loss_of(l, z, tau, thrice);
    DOCTEST_CHECK(near(weighted.loss, repeated.loss));
    DOCTEST_CHECK(near(weighted.absolute, repeated.absolute));
    DOCTEST_CHECK(near(weighted.dz, repeated.dz));

    const std::vector<T> z_turned(z.rbegin(), z.rend());
    const std::vector<T> tau_turned(tau.rbegin(), tau.rend());
    const loss_result<T> turned = loss_of(l, z_turned, tau_turned, y);
    DOCTEST_CHECK(near(turned.loss, r.loss));
    DOCTEST_CHECK(near(turned.dz, std::vector<T>(r.dz.rbegin(), r.dz.rend())));

    std::vector<T> half = r.dz;
    for (T& d : half) d /= 2;
    DOCTEST_CHECK(near(loss_of(l, z, tau, y, {}, T(0.5)).dz, half));
    const std::vector<T> equal(m, T(1) / static_cast<T>(m));
    DOCTEST_CHECK(l(row_on(z), row_on(tau), row_on(y), equal, T(1), row<T, 1>{}).loss == r.loss);

    if constexpr (std::is_same_v<T, double>) {
      const auto value = [&](const std::vector<double>& at) { return loss_of(l, at, tau, y, w).loss; };
      DOCTEST_CHECK(gradient_error(weighted.dz, central_differences(value, z)) <= gradient_tolerance);
    }
    if constexpr (Loss::batch_wide) {
      const auto aims = some_fractions<T>(m, 4);
      std::vector<double> statistics{static_cast<double>(l.statistic(row_on(y), row_on(aims))), 0.0};
      std::vector<double> factor(2, -1.0);
      Loss next = l;
      next.reduce(statistics, factor);
      DOCTEST_CHECK((is_finite(statistics[0]) && is_finite(factor[0]) && is_finite(factor[1])));
      DOCTEST_CHECK((factor[0] > 0 && factor[1] > 0));
    }
  }
}

/// What holds of losses that compare quantiles: never negative, 0 where every prediction is its target, the same when
/// everything is shifted, pointing to the targets; a target above weighs tau and one below 1 - tau.
template <class Loss, class T>
void quantile_loss_laws(const typename Loss::config& config = {}) {
  const Loss l{config};
  const auto z = noise<T>(5, 1);
  const auto y = noise<T>(3, 2);
  const auto tau = some_fractions<T>(5, 3);
  const loss_result<T> r = loss_of(l, z, tau, y);
  DOCTEST_CHECK(r.loss >= 0);
  auto z_up = z;
  auto y_up = y;
  for (T& x : z_up) x += T(4);
  for (T& x : y_up) x += T(4);
  if (std::is_same_v<T, double>) DOCTEST_CHECK(near(loss_of(l, z_up, tau, y_up).loss, r.loss));
  for (const T t : {T(0.01), T(0.5), T(0.9)}) {
    const loss_result<T> zero = loss_of<T>(l, {T(1.25)}, {t}, {T(1.25)});
    DOCTEST_CHECK((zero.loss == 0 && zero.absolute == 0 && zero.dz[0] == 0));
    DOCTEST_CHECK(loss_of<T>(l, {T(-1)}, {t}, {T(2), T(3)}).dz[0] < 0);
    DOCTEST_CHECK(loss_of<T>(l, {T(6)}, {t}, {T(2), T(3)}).dz[0] > 0);
    const loss_result<T> above = loss_of<T>(l, {T(0)}, {t}, {T(0.75)});
    const loss_result<T> below = loss_of<T>(l, {T(0)}, {t}, {T(-0.75)});
    DOCTEST_CHECK(near(above.loss * (1 - t), below.loss * t));
    DOCTEST_CHECK(near(above.dz[0] * (1 - t), -below.dz[0] * t));
  }
}

}  // namespace iqnrl::testing
