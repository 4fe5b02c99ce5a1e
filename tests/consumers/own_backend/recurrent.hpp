#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string_view>
#include <utility>

#include <iqnrl/backend/eigen.hpp>

/// Eigen's products; cosines by cos((i + 1) a) = 2 cos a cos(i a) - cos((i - 1) a), three calls of cos a row.
struct recurrent : iqnrl::backend::eigen {
  static constexpr std::string_view name = "recurrent";

  template <class T>
  void cosine(const iqnrl::view<const T, 1>& tau, std::size_t first, const iqnrl::view<T, 2>& y) const {
    for (std::size_t r = 0; r < y.rows(); ++r) {
      const double angle = std::numbers::pi * static_cast<double>(tau.data()[r]);
      const double twice = 2 * std::cos(angle);
      double before = std::cos((static_cast<double>(first) - 1) * angle);
      double now = std::cos(static_cast<double>(first) * angle);
      for (std::size_t i = 0; i < y.row_size(); ++i) {
        y.data()[r * y.stride() + i] = static_cast<T>(now);
        before = std::exchange(now, twice * now - before);
      }
    }
  }
};
