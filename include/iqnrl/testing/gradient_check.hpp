// Gradients against central differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace iqnrl::testing {

/// The most that a gradient may be off: max |a - n| / max |n|.
inline constexpr double gradient_tolerance = 1e-6;

/// max |a - n| / (max |n| + 1e-8) of an analytic and a numeric gradient of the same size; infinity where one is not
/// finite.
[[nodiscard]] inline double gradient_error(std::span<const double> analytic, std::span<const double> numeric) {
  double off = 0;
  double most = 0;
  for (std::size_t i = 0; i < numeric.size(); ++i) {
    const double d = std::abs(analytic[i] - numeric[i]);
    if (!(d < 1e300)) return HUGE_VAL;
    off = std::max(off, d);
    most = std::max(most, std::abs(numeric[i]));
  }
  return off / (most + 1e-8);
}

/// The central differences of f at x, element by element; `f(x)` is called with one element changed.
template <class F>
[[nodiscard]] std::vector<double> central_differences(const F& f, std::vector<double> x) {
  std::vector<double> gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    const double h = 1e-5 * std::max(1.0, std::abs(at));
    x[i] = at + h;
    const double above = f(x);
    x[i] = at - h;
    const double below = f(x);
    x[i] = at;
    gradient[i] = (above - below) / (2 * h);
  }
  return gradient;
}

}  // namespace iqnrl::testing
