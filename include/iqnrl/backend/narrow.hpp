// Products by a weight that has few rows. For backends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include <iqnrl/backend/vectors.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend::detail {

/// The products of an affine layer [N, K] with so few outputs that tiles would be mostly empty.
template <class T, std::size_t Register = widest_register>
class narrow {
  using vector = typename vector_of<T, Register>::type;
  static constexpr std::size_t lanes = Register / sizeof(T);

 public:
  /// Whether tiles are slower.
  [[nodiscard]] static bool suits(const view<const T, 2>& w) { return w.rows() <= most && w.row_size() >= lanes; }

  /// y = act(x w^T + b); `b` may be empty. Each sum is taken in the lanes of a vector, which are then added up for as
  /// many sums at once as there are lanes.
  template <class Activation>
  static void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& b, Activation act,
                     const view<T, 2>& y) {
    outputs(w.rows(), [&]<std::size_t N>() {
      const std::size_t whole = w.row_size() / lanes * lanes;
      const std::size_t last = w.row_size() - lanes;  // where the last vector of a row begins
      vector rest[N] = {};                            // of the weights, those behind the whole vectors, as its lanes
      for (std::size_t n = 0; n < N; ++n) {
        for (std::size_t k = whole; k < w.row_size(); ++k) rest[n][k - last] = w.data()[n * w.stride() + k];
      }
      vector sums[lanes] = {};
      for (std::size_t row = 0; row < x.rows(); row += lanes / N) {
        const std::size_t count = std::min(lanes / N, x.rows() - row);
        for (std::size_t i = 0; i < count; ++i) {
          const T* from = x.data() + (row + i) * x.stride();
          vector sum[N] = {};
          vector left;
          for (std::size_t k = 0; k < whole; k += lanes) {
            std::memcpy(&left, from + k, Register);
#pragma GCC unroll 4
            for (std::size_t n = 0; n < N; ++n) {
              vector right;
              std::memcpy(&right, w.data() + n * w.stride() + k, Register);
              sum[n] += left * right;
            }
          }
          if (whole < w.row_size()) {
            std::memcpy(&left, from + last, Register);
#pragma GCC unroll 4
            for (std::size_t n = 0; n < N; ++n) sum[n] += left * rest[n];
          }
          for (std::size_t n = 0; n < N; ++n) sums[i * N + n] = sum[n];
        }
        add_lanes(sums);
        for (std::size_t i = 0; i < count; ++i) {
          for (std::size_t n = 0; n < N; ++n) {
            const T sum = sums[0][i * N + n];
            y.data()[(row + i) * y.stride() + n] = act.value(b.empty() ? sum : sum + b.data()[n]);
          }
        }
      }
    });
  }

  /// dx = dy w.
  static void input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<T, 2>& dx) {
    outputs(w.rows(), [&]<std::size_t N>() {
      in_vectors<T, Register>(w.row_size(), [&]<class V, std::size_t Vectors>(std::size_t k) {
        V right[N][Vectors];
        for (std::size_t n = 0; n < N; ++n) load(right[n], w.data() + n * w.stride() + k);
        for (std::size_t r = 0; r < dy.rows(); ++r) {
          const T* d = dy.data() + r * dy.stride();
          V sum[Vectors] = {};
#pragma GCC unroll 4
          for (std::size_t n = 0; n < N; ++n) {
#pragma GCC unroll 4
            for (std::size_t v = 0; v < Vectors; ++v) sum[v] += d[n] * right[n][v];
          }
          store(sum, dx.data() + r * dx.stride() + k);
        }
      });
    });
  }

  /// dw += dy^T x.
  static void weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw) {
    outputs(dw.rows(), [&]<std::size_t N>() {
      in_vectors<T, Register>(dw.row_size(), [&]<class V, std::size_t Vectors>(std::size_t k) {
        V sum[N][Vectors] = {};
        for (std::size_t r = 0; r < dy.rows(); ++r) {
          const T* d = dy.data() + r * dy.stride();
          V right[Vectors];
          load(right, x.data() + r * x.stride() + k);
#pragma GCC unroll 4
          for (std::size_t n = 0; n < N; ++n) {
#pragma GCC unroll 4
            for (std::size_t v = 0; v < Vectors; ++v) sum[n][v] += d[n] * right[v];
          }
        }
        for (std::size_t n = 0; n < N; ++n) {
          add_from(dw.data() + n * dw.stride() + k, sum[n]);
          store(sum[n], dw.data() + n * dw.stride() + k);
        }
      });
    });
  }

 private:
  static constexpr std::size_t most = lanes / 4;

  /// Calls `f.operator()<N>()` for the N that `count` is.
  template <class F>
  static void outputs(std::size_t count, const F& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (void)(false || ... || (count == I + 1 && (f.template operator()<I + 1>(), true)));
    }
    (std::make_index_sequence<most>{});
  }

  /// The sum of every vector's lanes, in the lanes of the first.
  static void add_lanes(vector (&v)[lanes]) {
#pragma GCC unroll 4
    for (std::size_t half = lanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < half; ++i) {
        vector low;
        vector high;
        transposition<T, Register>::template interleave<0>(v[i], v[i + half], low);
        transposition<T, Register>::template interleave<lanes / 2>(v[i], v[i + half], high);
        v[i] = low + high;
      }
    }
  }
};

}  // namespace iqnrl::backend::detail
