// Element-wise passes in whole vectors. For backends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <type_traits>

#include <iqnrl/backend/vectors.hpp>

namespace iqnrl::backend::detail {

/// Adds the rows of a matrix [rows, columns], which lie `stride` apart, to one row, in order.
template <std::size_t Register, class T>
void add_rows(const T* from, std::size_t stride, std::size_t rows, std::size_t columns, T* to) {
  in_vectors<T, Register>(columns, [&]<class V, std::size_t N>(std::size_t i) {
    V sums[N];
    load(sums, to + i);
    for (std::size_t r = 0; r < rows; ++r) add_from(from + r * stride + i, sums);
    store(sums, to + i);
  });
}

/// See reference::hadamard_gradient; the rows of one sample.
template <std::size_t Register, class T>
void hadamard_gradient(const T* psi, const T* phi, std::size_t phi_stride, const T* dh, std::size_t dh_stride,
                       std::size_t rows, std::size_t columns, T* dpsi, T* dphi, std::size_t dphi_stride) {
  in_vectors<T, Register>(columns, [&]<class V, std::size_t N>(std::size_t i) {
    V sums[N] = {};
    V p[N];
    load(p, psi + i);
    for (std::size_t r = 0; r < rows; ++r) {
      V g[N];
      V e[N];
      load(g, dh + r * dh_stride + i);
      load(e, phi + r * phi_stride + i);
#pragma GCC unroll 4
      for (std::size_t n = 0; n < N; ++n) {
        sums[n] += g[n] * e[n];
        g[n] *= p[n];
      }
      store(g, dphi + r * dphi_stride + i);
    }
    store(sums, dpsi + i);
  });
}

/// Takes the fraction off x >= 0.
template <class V>
[[gnu::always_inline]] inline void to_whole(V& x) {
  if constexpr (std::is_floating_point_v<V>) {
    x = static_cast<V>(static_cast<std::int64_t>(x));
  } else {
    x = __builtin_convertvector(__builtin_convertvector(x, decltype(x > x)), V);
  }
}

/// cos(pi k t) for k from `first` on. Whole turns are taken off k t, which leaves r in [-1, 1], with one rounding where
/// the compiler has fused multiply-adds; then cos(pi r) = sin(pi (1/2 - |r|)) by its series, whose first term left out
/// is below the type's rounding error.
template <std::size_t Register, class T>
void cosines(T t, std::size_t first, std::size_t count, T* to) {
  constexpr std::size_t terms = sizeof(T) == 4 ? 7 : 11;
  constexpr auto factors = [] {
    std::array<T, terms> all{};
    double term = std::numbers::pi;
    for (std::size_t n = 0; n < terms; ++n) {
      all[n] = static_cast<T>(term);
      const auto next = static_cast<double>(2 * n + 2);
      term *= -std::numbers::pi * std::numbers::pi / (next * (next + 1));
    }
    return all;
  }();
  constexpr auto lane = [] {
    std::array<T, Register / sizeof(T)> all{};
    for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<T>(n);
    return all;
  }();
  const T half = T(0.5) * (t < T(0) ? -t : t);
  in_vectors<T, Register>(count, [&]<class V, std::size_t N>(std::size_t i) {
#pragma GCC unroll 4
    for (std::size_t n = 0; n < N; ++n) {
      const std::size_t place = i + n * (sizeof(V) / sizeof(T));
      V k;
      std::memcpy(&k, lane.data(), sizeof(V));
      k += static_cast<T>(static_cast<std::int32_t>(first + place));
      V turns = k * half + T(0.5);
      to_whole(turns);
      const V r = k * (half + half) - (turns + turns);  // no second product, which would be fused instead
      const V x = T(0.5) - (r < V{} ? -r : r);
      V sum = V{} + factors[terms - 1];
#pragma GCC unroll 12
      for (std::size_t j = 1; j < terms; ++j) sum = sum * (x * x) + factors[terms - 1 - j];
      sum *= x;
      std::memcpy(to + place, &sum, sizeof(V));
    }
  });
}

}  // namespace iqnrl::backend::detail
