// The native backend: products, convolutions and maximum pools by the library's own kernels, everything else as in
// Eigen's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/pools.hpp>
#include <iqnrl/backend/tiles.hpp>
#include <iqnrl/backend/windows.hpp>

namespace iqnrl::backend {

/// Kernels of the library's own, in the vectors that the compiler may use (`-march=native`, or at least `-mavx2
/// -mfma`). Products read weights that `prepare` packed; convolutions look their images up where they are, and lay out
/// no more of them than their padding (docs/decisions/0013-tiles-of-sums-in-registers.md).
///
/// `Register`: bytes of a vector, 16, 32 or 64; `native` has the widest that the compiler may use.
template <std::size_t Register>
struct native_with : eigen {
  static constexpr std::string_view name = "native";
  static constexpr std::size_t vector_bytes = Register;

  template <class T>
  [[nodiscard]] static constexpr std::size_t packed_size(std::size_t out, std::size_t in) {
    return detail::packed_panels<T, Register>::size(out, in);
  }

  template <class T>
  void pack(const view<const T, 2>& weight, const view<T, 1>& packed) const {
    detail::packed_panels<T, Register>::pack(weight.data(), weight.stride(), weight.rows(), weight.row_size(),
                                             packed.data());
  }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& packed,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    const T* bias = b.empty() ? nullptr : b.data();
    detail::multiply(x.rows(), w.rows(), w.row_size(), detail::strided<T>(x.data(), x.stride()),
                     detail::packed_panels<T, Register>{packed.data(), w.rows(), w.row_size()},
                     [&](const tile<T>& sums, const detail::tile_place& at) {
                       detail::put_affine(sums, at, bias, act, y.data(), detail::rows_apart{y.stride()});
                     });
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
                             const view<T, 2>& dx) const {
    detail::multiply(dy.rows(), w.row_size(), w.rows(), detail::strided<T>(dy.data(), dy.stride()),
                     detail::plain_panels<T, Register>(w.data(), w.stride(), w.row_size(), dy.rows()),
                     [&](const tile<T>& sums, const detail::tile_place& at) {
                       detail::put(sums, at, !at.first, dx.data(), detail::rows_apart{dx.stride()});
                     });
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    const auto add = [&](auto&& left) {
      detail::multiply(dw.rows(), dw.row_size(), dy.rows(), left,
                       detail::plain_panels<T, Register>(x.data(), x.stride(), x.row_size(), dw.rows()),
                       [&](const tile<T>& sums, const detail::tile_place& at) {
                         detail::put(sums, at, true, dw.data(), detail::rows_apart{dw.stride()});
                       });
    };
    if (dw.row_size() >= 4 * tile<T>::columns) {
      add(detail::upright<T, Register>(dy.data(), dy.stride()));
    } else {  // too few panels for a copy
      add(detail::strided<T>(dy.data(), 1, dy.stride()));
    }
    if (db.empty()) return;
    for (std::size_t r = 0; r < dy.rows(); ++r) add_row(dy.data() + r * dy.stride(), db);
  }

  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& c) {
    return detail::windows<T, Register>(c).scratch();
  }

  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& /*w*/,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    detail::windows<T, Register>(c).convolve(x, packed, b, act, scratch.data(), y);
  }

  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& /*packed*/, const view<T, 1>& scratch,
                               const view<T, 2>& dx) const {
    detail::windows<T, Register>(c).input_gradient(dy, w, scratch.data(), dx);
  }

  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    detail::windows<T, Register>(c).weight_gradient(dy, x, scratch.data(), dw);
    add_bias_gradient(c, dy, db);
  }

  template <class T>
  void max_pool(const pooling& p, const view<const T, 2>& x, const view<T, 2>& y,
                const view<std::int32_t, 2>& index) const {
    for (std::size_t r = 0; r < x.rows(); ++r)
      detail::channel_pool<T, Register>::run(p, x.data() + r * x.stride(), y.data() + r * y.stride(),
                                             index.data() + r * index.stride());
  }

  /// In lanes.
  template <class T>
  [[nodiscard]] double sum_of_squares(const view<const T, 1>& x) const {
    constexpr std::size_t lanes = 32;
    std::array<double, lanes> sums{};
    const auto add = [&](std::size_t lane, T v) { sums[lane] += static_cast<double>(v) * static_cast<double>(v); };
    std::size_t i = 0;
    for (; i + lanes <= x.size(); i += lanes) {
      for (std::size_t k = 0; k < lanes; ++k) add(k, x.data()[i + k]);
    }
    for (std::size_t k = 0; i < x.size(); ++i, ++k) add(k, x.data()[i]);
    double total = 0;
    for (const double s : sums) total += s;
    return total;
  }

 protected:
  template <class T>
  static void add_row(const T* from, const view<T, 1>& to) {
    T* sums = to.data();
    for (std::size_t n = 0; n < to.size(); ++n) sums[n] += from[n];
  }
  /// The bias's part of convolve_weight_gradient.
  template <class T>
  static void add_bias_gradient(const convolution& c, const view<const T, 2>& dy, const view<T, 1>& db) {
    if (db.empty()) return;
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      for (std::size_t place = 0; place < c.out.area(); ++place)
        add_row(dy.data() + r * dy.stride() + place * c.out.channels, db);
    }
  }

 private:
  template <class T>
  using tile = detail::tile<T, Register>;
};

using native = native_with<detail::widest_register>;

}  // namespace iqnrl::backend
