// Rows in host memory, as functors see them inside a primitive.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::testing {

template <class T>
[[nodiscard]] row<T, 1> row_on(std::vector<T>& v) {
  return {v.data(), {v.size()}};
}
template <class T>
[[nodiscard]] row<const T, 1> row_on(const std::vector<T>& v) {
  return {v.data(), {v.size()}};
}

/// A return distribution with its memory: quantiles [N, S, A], their means as values, and fractions.
template <class T>
struct host_distribution {
  host_distribution(std::size_t n, std::size_t s, std::size_t a)
      : z(n * s * a), value(s * a), tau(n), legal(s * a, true), shape{n, s, a} {}

  T& at(std::size_t n, std::size_t s, std::size_t a) { return z[(n * shape[1] + s) * shape[2] + a]; }
  [[nodiscard]] T at(std::size_t n, std::size_t s, std::size_t a) const { return z[(n * shape[1] + s) * shape[2] + a]; }

  /// Makes the values the means of the quantiles, `illegal` where an action is not allowed.
  void evaluate() {
    for (std::size_t k = 0; k < value.size(); ++k) {
      T sum = 0;
      for (std::size_t n = 0; n < shape[0]; ++n) sum += z[n * value.size() + k];
      value[k] = legal[k] ? sum / static_cast<T>(shape[0]) : illegal<T>;
    }
  }

  [[nodiscard]] distribution<T> view() const {
    return {row<const T, 3>(z.data(), shape), row<const T, 2>(value.data(), {shape[1], shape[2]}),
            row<const T, 1>(tau.data(), {shape[0]})};
  }

  std::vector<T> z;
  std::vector<T> value;
  std::vector<T> tau;
  std::vector<bool> legal;
  extents<3> shape;
};

}  // namespace iqnrl::testing
