// Pearson's goodness-of-fit test.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

/// The chance of counts at least this far from `expected` (same sum), by Wilson and Hilferty's approximation (1931).
inline double chi_square_p(std::span<const std::uint64_t> counts, std::span<const double> expected) {
  double x = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double d = static_cast<double>(counts[i]) - expected[i];
    x += d * d / expected[i];
  }
  const double k = static_cast<double>(counts.size()) - 1;
  const double z = (std::cbrt(x / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}
