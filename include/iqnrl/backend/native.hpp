// The native backend: products, convolutions, maximum pools and what costs time beside them by the library's own
// kernels, everything else as in Eigen's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/elements.hpp>
#include <iqnrl/backend/narrow.hpp>
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
    if (narrow<T>::suits(w)) return narrow<T>::affine(x, w, b, act, y);
    detail::multiply(x.rows(), w.rows(), w.row_size(), detail::strided<T>(x.data(), x.stride()),
                     detail::packed_panels<T, Register>{packed.data(), w.rows(), w.row_size()},
                     detail::destination<T>{y.data(), {y.stride()}, false, b.empty() ? nullptr : b.data()}, act);
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
                             const view<T, 2>& dx) const {
    if (narrow<T>::suits(w)) return narrow<T>::input_gradient(dy, w, dx);
    detail::multiply(dy.rows(), w.row_size(), w.rows(), detail::strided<T>(dy.data(), dy.stride()),
                     detail::plain_panels<T, Register>(w.data(), w.stride(), w.row_size(), dy.rows()),
                     detail::destination<T>{dx.data(), {dx.stride()}});
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    const auto add = [&](auto&& left) {
      detail::multiply(dw.rows(), dw.row_size(), dy.rows(), left,
                       detail::plain_panels<T, Register>(x.data(), x.stride(), x.row_size(), dw.rows()),
                       detail::destination<T>{dw.data(), {dw.stride()}, true});
    };
    if (narrow<T>::suits(dw)) {
      narrow<T>::weight_gradient(dy, x, dw);
    } else if (dw.row_size() >= 8 * tile<T>::lanes) {
      add(detail::upright<T, Register>(dy.data(), dy.stride()));
    } else {  // too few panels for a copy
      add(detail::strided<T>(dy.data(), 1, dy.stride()));
    }
    detail::add_rows<Register>(dy.data(), dy.stride(), dy.rows(), db.size(), db.data());
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

  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < y.rows(); ++r)
      detail::cosines<Register>(tau.data()[r], first, y.row_size(), y.data() + r * y.stride());
  }

  template <class T>
  void hadamard_gradient(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<const T, 2>& dh,
                         const view<T, 2>& dpsi, const view<T, 2>& dphi) const {
    const std::size_t each = phi.rows() / psi.rows();
    for (std::size_t b = 0; b < psi.rows(); ++b) {
      const std::size_t r = b * each;
      detail::hadamard_gradient<Register>(psi.data() + b * psi.stride(), phi.data() + r * phi.stride(), phi.stride(),
                                          dh.data() + r * dh.stride(), dh.stride(), each, psi.row_size(),
                                          dpsi.data() + b * dpsi.stride(), dphi.data() + r * dphi.stride(),
                                          dphi.stride());
    }
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
  /// The bias's part of convolve_weight_gradient.
  template <class T>
  static void add_bias_gradient(const convolution& c, const view<const T, 2>& dy, const view<T, 1>& db) {
    for (std::size_t r = 0; r < dy.rows(); ++r)
      detail::add_rows<Register>(dy.data() + r * dy.stride(), c.out.channels, c.out.area(), db.size(), db.data());
  }

 private:
  template <class T>
  using tile = detail::tile<T, Register>;
  template <class T>
  using narrow = detail::narrow<T, Register>;
};

using native = native_with<detail::widest_register>;

}  // namespace iqnrl::backend
