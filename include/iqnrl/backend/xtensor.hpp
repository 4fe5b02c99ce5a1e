// The xtensor backend: element-wise passes, broadcasts and reductions by xtensor, products of its own. Link
// `iqnrl::xtensor`.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numbers>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// xtensor moved its headers in 0.26.
#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/generators/xbuilder.hpp>
#else
#if !__has_include(<xtensor/xadapt.hpp>)
#error "iqnrl: backend/xtensor.hpp needs xtensor; write `sudo apt install libxtensor-dev`"
#endif
#include <xtensor/xadapt.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#endif

#include <iqnrl/backend/columns.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/nn/activation.hpp>

namespace iqnrl::backend {

namespace detail {

/// A vector over memory that xtensor does not own. Its rank is static, as that of everything here: tensors of dynamic
/// rank are undefined behaviour with xtensor 0.24, g++ 12 and C++20.
template <class T>
using xt_vector = decltype(xt::adapt(std::declval<T*>(), std::size_t{}, xt::no_ownership(),
                                     std::declval<std::array<std::size_t, 1>>()));

/// A matrix over such memory, with any strides.
template <class T>
using xt_matrix =
    decltype(xt::adapt(std::declval<T*>(), std::size_t{}, xt::no_ownership(),
                       std::declval<std::array<std::size_t, 2>>(), std::declval<std::array<std::size_t, 2>>()));

template <class T>
[[nodiscard]] xt_vector<T> adapted(T* data, std::size_t n) {
  return xt::adapt(std::move(data), n, xt::no_ownership(), std::array<std::size_t, 1>{n});
}

/// first, first + 1 … as `n` numbers.
template <class T>
[[nodiscard]] decltype(xt::arange<T>(T(), T())) counted(std::size_t first, std::size_t n) {
  return xt::arange<T>(static_cast<T>(first), static_cast<T>(first + n));
}

/// Row `r` of a view.
template <class T, std::size_t Rank>
[[nodiscard]] xt_vector<T> adapted_row(const view<T, Rank>& v, std::size_t r) {
  return adapted(v.data() + r * v.stride(), v.row_size());
}

/// Calls `pass` with a row of each view, for every row; once, with all elements, where no view has gaps between its
/// rows. A long contiguous vector is what xtensor and the compiler turn into the fastest loop.
template <class Pass, class View, class... Views>
void by_rows(const Pass& pass, const View& first, const Views&... others) {
  if (first.empty()) return;
  const bool whole = (first.contiguous() && ... && others.contiguous());
  const std::size_t n = whole ? first.size() : first.row_size();
  for (std::size_t r = 0; r < (whole ? 1 : first.rows()); ++r) {
    pass(adapted(first.data() + r * first.stride(), n), adapted(others.data() + r * others.stride(), n)...);
  }
}

/// Bytes of a register of the instruction set that is compiled for.
#if defined(__AVX512F__)
inline constexpr std::size_t register_bytes = 64;
#elif defined(__AVX__)
inline constexpr std::size_t register_bytes = 32;
#else
inline constexpr std::size_t register_bytes = 16;
#endif

/// As many T as fit `Bytes`, added and multiplied element by element.
template <class T, std::size_t Bytes>
struct lanes {
  typedef T type __attribute__((vector_size(Bytes)));  // NOLINT(modernize-use-using)
};
template <class T>
struct lanes<T, sizeof(T)> {
  using type = T;
};

/// c += a b: a [rows, depth] with any strides, b [depth, columns] and c [rows, columns] with rows of their own stride.
/// A tile of c stays in registers while a row of b is multiplied by one element of each of the tile's rows of a; what
/// is left at the edges is done in tiles of half the size, and so on. Each element of c is a sum in the order of
/// `depth`.
template <class T, std::size_t Register = register_bytes>
struct blocked_product {
  const T* a;
  std::size_t a_row;
  std::size_t a_depth;
  const T* b;
  std::size_t b_row;
  T* c;
  std::size_t c_row;
  std::size_t rows;
  std::size_t depth;
  std::size_t columns;

  /// By 256 terms of the sums at a time, so that the rows of b that a column of tiles reads stay in the nearest cache.
  void add() const {
    constexpr std::size_t terms = 256;
    for (std::size_t p = 0; p < depth; p += terms) {
      blocked_product part = *this;
      part.a += p * a_depth;
      part.b += p * b_row;
      part.depth = std::min(terms, depth - p);
      part.template panels<Register>(0);
    }
  }

 private:
  template <std::size_t Bytes>
  void panels(std::size_t column) const {
    constexpr std::size_t width = Bytes / sizeof(T);
    for (; column + width <= columns; column += width) tiles<8, Bytes>(0, column);
    if constexpr (width > 1) panels<Bytes / 2>(column);
  }

  template <std::size_t Rows, std::size_t Bytes>
  void tiles(std::size_t row, std::size_t column) const {
    for (; row + Rows <= rows; row += Rows) {
      tile<Rows, Bytes>(a + row * a_row, b + column, c + row * c_row + column);
    }
    if constexpr (Rows > 1) tiles<Rows / 2, Bytes>(row, column);
  }

  template <std::size_t Rows, std::size_t Bytes>
  void tile(const T* left, const T* right, T* to) const {
    using vector = typename lanes<T, Bytes>::type;
    vector sum[Rows];
    for (std::size_t i = 0; i < Rows; ++i) std::memcpy(&sum[i], to + i * c_row, Bytes);
    for (std::size_t p = 0; p < depth; ++p) {
      vector factor;
      std::memcpy(&factor, right + p * b_row, Bytes);
      for (std::size_t i = 0; i < Rows; ++i) sum[i] += left[i * a_row + p * a_depth] * factor;
    }
    for (std::size_t i = 0; i < Rows; ++i) std::memcpy(to + i * c_row, &sum[i], Bytes);
  }
};

}  // namespace detail

/// xtensor 0.24 or newer, over views of this library's memory: nothing is allocated, nothing has a dynamic rank.
///
/// Products are its own. xtensor-blas would hand them to whichever BLAS is installed, whose threads and kernels decide
/// the bits of a product, and its `dot` allocates the result. Random numbers, pools and `for_rows` are the reference's.
struct xtensor : reference {
  static constexpr std::string_view name = "xtensor";

  template <class T, std::size_t Rank>
  void copy(const view<const T, Rank>& from, const view<T, Rank>& to) const {
    detail::by_rows([](detail::xt_vector<T> out, const detail::xt_vector<const T>& in) { xt::noalias(out) = in; }, to,
                    from);
  }

  template <class T, std::size_t Rank>
  void fill(const view<T, Rank>& v, T value) const {
    detail::by_rows([value](detail::xt_vector<T> out) { out.fill(value); }, v);
  }

  template <class U, class T>
  void cast(const view<const U, 2>& from, T scale, const view<T, 2>& to) const {
    detail::by_rows([scale](detail::xt_vector<T> out,
                            const detail::xt_vector<const U>& in) { xt::noalias(out) = scale * xt::cast<T>(in); },
                    to, from);
  }

  // ---- products

  template <class T>
  [[nodiscard]] static constexpr std::size_t packed_size(std::size_t out, std::size_t in) {
    return out * in;
  }

  /// Packed weights are the transpose, [in, out].
  template <class T>
  void pack(const view<const T, 2>& weight, const view<T, 1>& packed) const {
    const std::array<std::size_t, 2> shape{weight.row_size(), weight.rows()};
    const detail::xt_matrix<const T> in = xt::adapt(weight.data(), weight.size(), xt::no_ownership(), shape,
                                                    std::array<std::size_t, 2>{1, weight.stride()});
    detail::xt_matrix<T> out = xt::adapt(packed.data(), packed.size(), xt::no_ownership(), shape,
                                         std::array<std::size_t, 2>{weight.rows(), 1});
    xt::noalias(out) = in;
  }

  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& packed,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    if (b.empty()) {
      fill(y, T(0));
    } else {
      const detail::xt_vector<const T> bias = detail::adapted(b.data(), b.size());
      for (std::size_t r = 0; r < y.rows(); ++r) {
        detail::xt_vector<T> out = detail::adapted_row(y, r);
        xt::noalias(out) = bias;
      }
    }
    detail::blocked_product<T>{.a = x.data(),
                               .a_row = x.stride(),
                               .a_depth = 1,
                               .b = packed.data(),
                               .b_row = w.rows(),
                               .c = y.data(),
                               .c_row = y.stride(),
                               .rows = y.rows(),
                               .depth = x.row_size(),
                               .columns = y.row_size()}
        .add();
    if constexpr (!std::is_same_v<Activation, activation::identity>) activate(view<const T, 2>(y), act, y);
  }

  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
                             const view<T, 2>& dx) const {
    fill(dx, T(0));
    detail::blocked_product<T>{.a = dy.data(),
                               .a_row = dy.stride(),
                               .a_depth = 1,
                               .b = w.data(),
                               .b_row = w.stride(),
                               .c = dx.data(),
                               .c_row = dx.stride(),
                               .rows = dx.rows(),
                               .depth = dy.row_size(),
                               .columns = dx.row_size()}
        .add();
  }

  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    detail::blocked_product<T>{.a = dy.data(),
                               .a_row = 1,
                               .a_depth = dy.stride(),
                               .b = x.data(),
                               .b_row = x.stride(),
                               .c = dw.data(),
                               .c_row = dw.stride(),
                               .rows = dw.rows(),
                               .depth = dy.rows(),
                               .columns = dw.row_size()}
        .add();
    if (db.empty()) return;
    detail::xt_vector<T> sum = detail::adapted(db.data(), db.size());
    for (std::size_t r = 0; r < dy.rows(); ++r) xt::noalias(sum) += detail::adapted_row(dy, r);
  }

  // ---- images

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

  // ---- normalisation

  template <class T>
  void normalise(const view<const T, 2>& x, const view<const T, 1>& w, const view<const T, 1>& b, T epsilon,
                 const view<T, 2>& y, const view<T, 2>& normal, const view<T, 1>& scale) const {
    const detail::xt_vector<const T> weight = detail::adapted(w.data(), w.size());
    const detail::xt_vector<const T> bias = detail::adapted(b.data(), b.size());
    const auto n = static_cast<T>(x.row_size());
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const detail::xt_vector<const T> in = detail::adapted_row(x, r);
      detail::xt_vector<T> centred = detail::adapted_row(normal, r);
      const T mean = xt::sum(in)() / n;
      xt::noalias(centred) = in - mean;
      const T factor = T(1) / std::sqrt(xt::sum(xt::square(centred))() / n + epsilon);
      xt::noalias(centred) *= factor;
      scale.data()[r] = factor;
      detail::xt_vector<T> out = detail::adapted_row(y, r);
      xt::noalias(out) = centred * weight + bias;
    }
  }

  template <class T>
  void normalise_gradient(const view<const T, 2>& dy, const view<const T, 2>& normal, const view<const T, 1>& scale,
                          const view<const T, 1>& w, const view<T, 2>& dx, const view<T, 1>& dw,
                          const view<T, 1>& db) const {
    const detail::xt_vector<const T> weight = detail::adapted(w.data(), w.size());
    detail::xt_vector<T> weight_sum = detail::adapted(dw.data(), dw.size());
    detail::xt_vector<T> bias_sum = detail::adapted(db.data(), db.size());
    const auto n = static_cast<T>(dy.row_size());
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const detail::xt_vector<const T> d = detail::adapted_row(dy, r);
      const detail::xt_vector<const T> z = detail::adapted_row(normal, r);
      xt::noalias(weight_sum) += d * z;
      xt::noalias(bias_sum) += d;
      const T mean = xt::sum(d * weight)() / n;
      const T along = xt::sum(d * weight * z)() / n;
      detail::xt_vector<T> out = detail::adapted_row(dx, r);
      xt::noalias(out) = scale.data()[r] * (d * weight - mean - z * along);
    }
  }

  // ---- element by element

  template <class Activation, class T>
  void activate(const view<const T, 2>& x, Activation act, const view<T, 2>& y) const {
    const auto value = [act](T element) { return act.value(element); };
    detail::by_rows(
        [&value](detail::xt_vector<T> out, const detail::xt_vector<const T>& in) {
          xt::noalias(out) = xt::make_lambda_xfunction(value, in);
        },
        y, x);
  }

  template <class Activation, class T>
  void activation_gradient(const view<const T, 2>& saved, Activation act, const view<T, 2>& dy) const {
    const auto derivative = [act](T element) { return act.derivative(element); };
    detail::by_rows(
        [&derivative](detail::xt_vector<T> out, const detail::xt_vector<const T>& in) {
          xt::noalias(out) *= xt::make_lambda_xfunction(derivative, in);
        },
        dy, saved);
  }

  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < y.rows(); ++r) {
      detail::xt_vector<T> out = detail::adapted_row(y, r);
      xt::noalias(out) = xt::cos(std::numbers::pi_v<T> * detail::counted<T>(first, y.row_size()) * tau.data()[r]);
    }
  }

  template <class T>
  void cosine_gradient(const view<const T, 1>& tau, std::size_t first, const view<const T, 2>& dy,
                       const view<T, 1>& dtau) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T angle = std::numbers::pi_v<T> * tau.data()[r];
      dtau.data()[r] = -std::numbers::pi_v<T> * xt::sum(detail::counted<T>(first, dy.row_size()) *
                                                        xt::sin(detail::counted<T>(first, dy.row_size()) * angle) *
                                                        detail::adapted_row(dy, r))();
    }
  }

  template <class T>
  void hadamard(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<T, 2>& h) const {
    const std::size_t each = phi.rows() / psi.rows();
    for (std::size_t r = 0; r < phi.rows(); ++r) {
      detail::xt_vector<T> out = detail::adapted_row(h, r);
      xt::noalias(out) = detail::adapted_row(psi, r / each) * detail::adapted_row(phi, r);
    }
  }

  template <class T>
  void hadamard_gradient(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<const T, 2>& dh,
                         const view<T, 2>& dpsi, const view<T, 2>& dphi) const {
    const std::size_t each = phi.rows() / psi.rows();
    for (std::size_t b = 0; b < psi.rows(); ++b) {
      detail::xt_vector<T> sum = detail::adapted_row(dpsi, b);
      sum.fill(T(0));
      for (std::size_t r = b * each; r < (b + 1) * each; ++r) {
        xt::noalias(sum) += detail::adapted_row(dh, r) * detail::adapted_row(phi, r);
        detail::xt_vector<T> out = detail::adapted_row(dphi, r);
        xt::noalias(out) = detail::adapted_row(dh, r) * detail::adapted_row(psi, b);
      }
    }
  }

  // ---- reductions

  template <class T>
  void add(const view<const T, 1>& x, const view<T, 1>& into) const {
    detail::by_rows([](detail::xt_vector<T> out, const detail::xt_vector<const T>& in) { xt::noalias(out) += in; },
                    into, x);
  }

  template <class T>
  [[nodiscard]] double sum_of_squares(const view<const T, 1>& x) const {
    return x.empty() ? 0.0 : xt::sum(xt::square(xt::cast<double>(detail::adapted(x.data(), x.size()))))();
  }

  template <class T>
  [[nodiscard]] bool all_finite(const view<const T, 1>& x) const {
    return x.empty() || xt::all(xt::make_lambda_xfunction([](T element) { return is_finite(element); },
                                                          detail::adapted(x.data(), x.size())));
  }
};

}  // namespace iqnrl::backend
