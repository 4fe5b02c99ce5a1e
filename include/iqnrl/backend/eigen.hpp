// The Eigen backend: products and element-wise passes by Eigen, everything else as in the reference.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numbers>
#include <string_view>

// With -march=native on a processor with AVX-512, g++ 12 takes the intrinsics that Eigen uses for reads of unset
// variables.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <Eigen/Core>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <iqnrl/backend/columns.hpp>
#include <iqnrl/backend/reference.hpp>

namespace iqnrl::backend {

namespace detail {

/// Eigen chooses its block sizes by the processor's caches and would split products over threads of its own; both would
/// make the bits of a product depend on the machine. They are fixed here, for the whole process, before the first
/// product.
inline bool fix_eigen() {
  Eigen::setNbThreads(1);
  Eigen::setCpuCacheSizes(std::ptrdiff_t{1} << 15, std::ptrdiff_t{1} << 19, std::ptrdiff_t{1} << 22);
  return true;
}

template <class T>
using eigen_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using eigen_array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using eigen_stride = Eigen::OuterStride<Eigen::Dynamic>;

template <class T>
auto as_matrix(const view<const T, 2>& v) {
  return Eigen::Map<const eigen_matrix<T>, 0, eigen_stride>(v.data(), static_cast<Eigen::Index>(v.rows()),
                                                            static_cast<Eigen::Index>(v.row_size()),
                                                            eigen_stride(static_cast<Eigen::Index>(v.stride())));
}
template <class T>
auto as_matrix(const view<T, 2>& v) {
  return Eigen::Map<eigen_matrix<T>, 0, eigen_stride>(v.data(), static_cast<Eigen::Index>(v.rows()),
                                                      static_cast<Eigen::Index>(v.row_size()),
                                                      eigen_stride(static_cast<Eigen::Index>(v.stride())));
}
template <class T>
auto as_row(const T* data, std::size_t n) {
  return Eigen::Map<const Eigen::Array<T, 1, Eigen::Dynamic>>(data, static_cast<Eigen::Index>(n));
}
template <class T>
auto as_row(T* data, std::size_t n) {
  return Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>>(data, static_cast<Eigen::Index>(n));
}

/// Calls `product(row, rows, column, columns)` for tiles of a result whose packed operands fit Eigen's stack buffers
/// (EIGEN_STACK_ALLOCATION_LIMIT): beyond them a product would take heap memory each time. `depth` is the length of the
/// sums, of which Eigen packs at most 512 elements at once.
template <class T, class Product>
void in_tiles(std::size_t rows, std::size_t columns, std::size_t depth, const Product& product) {
  constexpr std::size_t elements = std::size_t{EIGEN_STACK_ALLOCATION_LIMIT} / sizeof(T);
  const std::size_t side = std::max<std::size_t>(16, elements / std::clamp<std::size_t>(depth, 16, 512) / 16 * 16);
  for (std::size_t r = 0; r < rows; r += side) {
    for (std::size_t c = 0; c < columns; c += side) {
      product(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(std::min(side, rows - r)),
              static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(std::min(side, columns - c)));
    }
  }
}

}  // namespace detail

/// Eigen 3.4. Its own threads are off and its block sizes constant (process-wide: `Eigen::setNbThreads(1)` and
/// `Eigen::setCpuCacheSizes(32 KiB, 512 KiB, 4 MiB)`), so that a product has the same bits on every machine with the
/// same instruction set.
struct eigen : reference {
  static constexpr std::string_view name = "eigen";

  eigen() { [[maybe_unused]] static const bool fixed = detail::fix_eigen(); }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    detail::in_tiles<T>(y.rows(), y.row_size(), x.row_size(), [&](auto r, auto rows, auto n, auto columns) {
      detail::as_matrix(y).block(r, n, rows, columns).noalias() =
          detail::as_matrix(x).middleRows(r, rows) * detail::as_matrix(w).middleRows(n, columns).transpose();
    });
    for (std::size_t r = 0; r < y.rows(); ++r) {
      T* out = y.data() + r * y.stride();
      if (b.empty()) {
        for (std::size_t n = 0; n < y.row_size(); ++n) out[n] = act.value(out[n]);
      } else {
        const T* bias = b.data();
        for (std::size_t n = 0; n < y.row_size(); ++n) out[n] = act.value(out[n] + bias[n]);
      }
    }
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
                             const view<T, 2>& dx) const {
    detail::in_tiles<T>(dx.rows(), dx.row_size(), dy.row_size(), [&](auto r, auto rows, auto k, auto columns) {
      detail::as_matrix(dx).block(r, k, rows, columns).noalias() =
          detail::as_matrix(dy).middleRows(r, rows) * detail::as_matrix(w).middleCols(k, columns);
    });
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    detail::in_tiles<T>(dw.rows(), dw.row_size(), dy.rows(), [&](auto n, auto rows, auto k, auto columns) {
      detail::as_matrix(dw).block(n, k, rows, columns).noalias() +=
          detail::as_matrix(dy).middleCols(n, rows).transpose() * detail::as_matrix(x).middleCols(k, columns);
    });
    if (db.empty()) return;
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      detail::as_row(db.data(), db.size()) += detail::as_row(dy.data() + r * dy.stride(), db.size());
    }
  }

  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& c) {
    return strip_size(c);
  }

  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    convolutions_by_columns(*this).convolve(c, x, w, packed, b, act, scratch, y);
  }

  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& packed, const view<T, 1>& scratch, const view<T, 2>& dx) const {
    convolutions_by_columns(*this).input_gradient(c, dy, w, packed, scratch, dx);
  }

  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    convolutions_by_columns(*this).weight_gradient(c, dy, x, scratch, dw, db);
  }

  /// In blocks of a fixed size: Eigen then takes its vector cosine for every element, at any address, where a row of
  /// any length would get the C library's, one at a time, at its ends.
  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    constexpr std::size_t width = 16;
    using block = Eigen::Array<T, static_cast<int>(width), 1>;
    const block steps = block::LinSpaced(T(0), static_cast<T>(width - 1));
    for (std::size_t r = 0; r < y.rows(); ++r) {
      const T angle = std::numbers::pi_v<T> * tau.data()[r];
      for (std::size_t i = 0; i < y.row_size(); i += width) {
        const block cosines = (angle * (steps + static_cast<T>(first + i))).cos();
        std::copy_n(cosines.data(), std::min(width, y.row_size() - i), y.data() + r * y.stride() + i);
      }
    }
  }
};

}  // namespace iqnrl::backend
