// The reference backend: every primitive, plain and slow. Other backends derive from it and override what they do
// better.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numbers>
#include <string_view>
#include <type_traits>

#include <iqnrl/backend/loops.hpp>
#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend {

/// Plain loops over plain memory. The contract of each primitive is stated here; arguments are checked by `device`,
/// which is what layers call.
///
/// R rows, K inputs, N outputs, T float or double. Matrices are row-major, weights [out, in].
struct reference {
  using axis = iqnrl::axis::backend;
  struct config {};
  static constexpr std::string_view name = "reference";

  /// Held while a primitive runs. A backend whose memory must be opened first gives its own.
  struct scope {};

  // ---- memory

  [[nodiscard]] void* allocate(std::size_t bytes) const { return ::operator new (bytes, std::align_val_t{64}); }
  void deallocate(void* p, std::size_t /*bytes*/) const { ::operator delete (p, std::align_val_t{64}); }

  /// From host memory, row-major without gaps.
  template <class T, std::size_t Rank>
  void upload(const T* from, const view<T, Rank>& to) const {
    for (std::size_t r = 0; r < to.rows(); ++r) {
      std::copy_n(from + r * to.row_size(), to.row_size(), to.data() + r * to.stride());
    }
  }

  /// To host memory, row-major without gaps.
  template <class T, std::size_t Rank>
  void download(const view<const T, Rank>& from, T* to) const {
    for (std::size_t r = 0; r < from.rows(); ++r) {
      std::copy_n(from.data() + r * from.stride(), from.row_size(), to + r * from.row_size());
    }
  }

  template <class T, std::size_t Rank>
  void copy(const view<const T, Rank>& from, const view<T, Rank>& to) const {
    for (std::size_t r = 0; r < to.rows(); ++r) {
      std::copy_n(from.data() + r * from.stride(), from.row_size(), to.data() + r * to.stride());
    }
  }

  template <class T, std::size_t Rank>
  void fill(const view<T, Rank>& v, T value) const {
    for (std::size_t r = 0; r < v.rows(); ++r) std::fill_n(v.data() + r * v.stride(), v.row_size(), value);
  }

  /// to = scale * from, converted.
  template <class U, class T>
  void cast(const view<const U, 2>& from, T scale, const view<T, 2>& to) const {
    for (std::size_t r = 0; r < to.rows(); ++r) {
      for (std::size_t c = 0; c < to.row_size(); ++c) {
        to.data()[r * to.stride() + c] = scale * static_cast<T>(from.data()[r * from.stride() + c]);
      }
    }
  }

  // ---- random numbers

  /// Element i (row-major) becomes uniform(s, first + i) in [0, 1).
  template <class T, std::size_t Rank>
  void fill_uniform(const view<T, Rank>& v, const sequence& s, std::uint64_t first) const {
    std::uint64_t i = first;
    std::array<std::uint32_t, 4> block = s.block(i / 4);
    for (std::size_t r = 0; r < v.rows(); ++r) {
      for (std::size_t c = 0; c < v.row_size(); ++c, ++i) {
        if (i % 4 == 0) block = s.block(i / 4);
        v.data()[r * v.stride() + c] = unit<T>(block[i % 4]);
      }
    }
  }

  /// Element i becomes normal(s, i): standard normal numbers.
  template <class T>
  void fill_normal(const view<T, 1>& v, const sequence& s) const {
    for (std::size_t i = 0; i < v.size(); ++i) v.data()[i] = normal<T>(s, i);
  }

  // ---- products

  /// Elements of T that `pack` writes for a weight matrix of this size; 0 where products read the matrix itself.
  template <class T>
  [[nodiscard]] static constexpr std::size_t packed_size(std::size_t /*out*/, std::size_t /*in*/) {
    return 0;
  }

  /// Lays a weight matrix out as this backend's products like it best. Called once an update (`prepare`).
  template <class T>
  void pack(const view<const T, 2>& /*weight*/, const view<T, 1>& /*packed*/) const {}

  /// y = act(x w^T + b): x [R, K], w [N, K], b [N] or empty, y [R, N]. `packed` is what `pack` made of w.
  template <class Activation, class T>
  void affine(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
              const view<const T, 1>& b, Activation act, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t n = 0; n < w.rows(); ++n) {
        T sum = b.empty() ? T(0) : b.data()[n];
        for (std::size_t k = 0; k < x.row_size(); ++k) {
          sum += x.data()[r * x.stride() + k] * w.data()[n * w.stride() + k];
        }
        y.data()[r * y.stride() + n] = act.value(sum);
      }
    }
  }

  /// dx = dy w: dy [R, N], w [N, K], dx [R, K].
  template <class T>
  void affine_input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, const view<const T, 1>& /*packed*/,
                             const view<T, 2>& dx) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      for (std::size_t k = 0; k < w.row_size(); ++k) {
        T sum = 0;
        for (std::size_t n = 0; n < w.rows(); ++n) sum += dy.data()[r * dy.stride() + n] * w.data()[n * w.stride() + k];
        dx.data()[r * dx.stride() + k] = sum;
      }
    }
  }

  /// dw += dy^T x and, unless db is empty, db += column sums of dy.
  template <class T>
  void affine_weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, const view<T, 2>& dw,
                              const view<T, 1>& db) const {
    for (std::size_t n = 0; n < dw.rows(); ++n) {
      for (std::size_t k = 0; k < dw.row_size(); ++k) {
        T sum = 0;
        for (std::size_t r = 0; r < dy.rows(); ++r)
          sum += dy.data()[r * dy.stride() + n] * x.data()[r * x.stride() + k];
        dw.data()[n * dw.stride() + k] += sum;
      }
      if (!db.empty()) {
        T sum = 0;
        for (std::size_t r = 0; r < dy.rows(); ++r) sum += dy.data()[r * dy.stride() + n];
        db.data()[n] += sum;
      }
    }
  }

  // ---- images: a sample is a row of H W C elements, place by place, the channels of each side by side

  /// Elements of T that a convolution and its gradients write to on the way.
  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& /*c*/) {
    return 0;
  }

  /// y[o] = act(b[o] + sum_k w[o, k] * x[k]), a cross-correlation with zeros around the image: x [R, H W C],
  /// w [O, C kh kw], b [O] or empty, y [R, H' W' O].
  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& /*packed*/, const view<const T, 1>& b, Activation act,
                const view<T, 1>& /*scratch*/, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const T* from = x.data() + r * x.stride();
      T* to = y.data() + r * y.stride();
      for (std::size_t i = 0; i < y.row_size(); ++i) to[i] = b.empty() ? T(0) : b.data()[i % c.out.channels];
      loops::for_each_product(c, w.stride(), [&](std::size_t output, std::size_t input, std::size_t weight) {
        to[output] += from[input] * w.data()[weight];
      });
      for (std::size_t i = 0; i < y.row_size(); ++i) to[i] = act.value(to[i]);
    }
  }

  /// The gradient of a convolution's input: dy [R, H' W' O], w [O, C kh kw], dx [R, H W C].
  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& /*packed*/, const view<T, 1>& /*scratch*/,
                               const view<T, 2>& dx) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* from = dy.data() + r * dy.stride();
      T* to = dx.data() + r * dx.stride();
      std::fill_n(to, dx.row_size(), T(0));
      loops::for_each_product(c, w.stride(), [&](std::size_t output, std::size_t input, std::size_t weight) {
        to[input] += from[output] * w.data()[weight];
      });
    }
  }

  /// Adds the gradients of a convolution's weights to dw [O, C kh kw] and, unless it is empty, of its bias to db [O].
  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& /*scratch*/, const view<T, 2>& dw, const view<T, 1>& db) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* in = x.data() + r * x.stride();
      const T* d = dy.data() + r * dy.stride();
      loops::for_each_product(c, dw.stride(), [&](std::size_t output, std::size_t input, std::size_t weight) {
        dw.data()[weight] += d[output] * in[input];
      });
      if (db.empty()) continue;
      for (std::size_t i = 0; i < dy.row_size(); ++i) db.data()[i % c.out.channels] += d[i];
    }
  }

  /// y = the largest element of each bin, index = at which place of the image the first such element is: x [R, H W C],
  /// y and index [R, H' W' C].
  template <class T>
  void max_pool(const pooling& p, const view<const T, 2>& x, const view<T, 2>& y,
                const view<std::int32_t, 2>& index) const {
    for (std::size_t r = 0; r < x.rows(); ++r)
      loops::max_pool(p, x.data() + r * x.stride(), y.data() + r * y.stride(), index.data() + r * index.stride());
  }

  /// The gradient of `max_pool`: dy goes to the element that won; dx [R, H W C].
  template <class T>
  void max_pool_gradient(const pooling& p, const view<const T, 2>& dy, const view<const std::int32_t, 2>& index,
                         const view<T, 2>& dx) const {
    const std::size_t channels = p.in.channels;
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* from = dy.data() + r * dy.stride();
      const std::int32_t* winner = index.data() + r * index.stride();
      T* to = dx.data() + r * dx.stride();
      std::fill_n(to, dx.row_size(), T(0));
      for (std::size_t place = 0; place < p.out.area(); ++place, from += channels, winner += channels) {
        for (std::size_t c = 0; c < channels; ++c) to[static_cast<std::size_t>(winner[c]) * channels + c] += from[c];
      }
    }
  }

  /// y = the mean of each bin: x [R, H W C], y [R, H' W' C].
  template <class T>
  void average_pool(const pooling& p, const view<const T, 2>& x, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      T* to = y.data() + r * y.stride();
      std::fill_n(to, y.row_size(), T(0));
      loops::for_each_of_bins<T>(
          p, [&](std::size_t out, std::size_t in, T share) { to[out] += share * x.data()[r * x.stride() + in]; });
    }
  }

  /// The gradient of `average_pool`: dx [R, H W C].
  template <class T>
  void average_pool_gradient(const pooling& p, const view<const T, 2>& dy, const view<T, 2>& dx) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      T* to = dx.data() + r * dx.stride();
      std::fill_n(to, dx.row_size(), T(0));
      loops::for_each_of_bins<T>(
          p, [&](std::size_t out, std::size_t in, T share) { to[in] += share * dy.data()[r * dy.stride() + out]; });
    }
  }

  // ---- normalisation

  /// y = (x - mean) / sqrt(variance + epsilon) * w + b, mean and (biased) variance of each row: x, y [R, F], w, b [F].
  /// normal [R, F] becomes the same without w and b, and scale [R] 1 / sqrt(variance + epsilon).
  template <class T>
  void normalise(const view<const T, 2>& x, const view<const T, 1>& w, const view<const T, 1>& b, T epsilon,
                 const view<T, 2>& y, const view<T, 2>& normal, const view<T, 1>& scale) const {
    const std::size_t n = x.row_size();
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const T* in = x.data() + r * x.stride();
      T* out = normal.data() + r * normal.stride();
      T mean = 0;
      for (std::size_t i = 0; i < n; ++i) mean += in[i];
      mean /= static_cast<T>(n);
      T square = 0;
      for (std::size_t i = 0; i < n; ++i) square += (in[i] - mean) * (in[i] - mean);
      const T factor = T(1) / std::sqrt(square / static_cast<T>(n) + epsilon);
      scale.data()[r] = factor;
      for (std::size_t i = 0; i < n; ++i) {
        out[i] = (in[i] - mean) * factor;
        y.data()[r * y.stride() + i] = out[i] * w.data()[i] + b.data()[i];
      }
    }
  }

  /// The gradients of `normalise`: dx [R, F] = scale (dy w - mean(dy w) - normal mean(dy w normal)), and dw += sum dy
  /// normal, db += sum dy.
  template <class T>
  void normalise_gradient(const view<const T, 2>& dy, const view<const T, 2>& normal, const view<const T, 1>& scale,
                          const view<const T, 1>& w, const view<T, 2>& dx, const view<T, 1>& dw,
                          const view<T, 1>& db) const {
    const std::size_t n = dy.row_size();
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* d = dy.data() + r * dy.stride();
      const T* z = normal.data() + r * normal.stride();
      T mean = 0;
      T along = 0;
      for (std::size_t i = 0; i < n; ++i) {
        mean += d[i] * w.data()[i];
        along += d[i] * w.data()[i] * z[i];
        dw.data()[i] += d[i] * z[i];
        db.data()[i] += d[i];
      }
      mean /= static_cast<T>(n);
      along /= static_cast<T>(n);
      for (std::size_t i = 0; i < n; ++i)
        dx.data()[r * dx.stride() + i] = scale.data()[r] * (d[i] * w.data()[i] - mean - z[i] * along);
    }
  }

  // ---- element by element

  /// y = act(x).
  template <class Activation, class T>
  void activate(const view<const T, 2>& x, Activation act, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      for (std::size_t c = 0; c < x.row_size(); ++c) {
        y.data()[r * y.stride() + c] = act.value(x.data()[r * x.stride() + c]);
      }
    }
  }

  /// dy *= act'(saved), where `saved` is what the activation says that its derivative is a function of.
  template <class Activation, class T>
  void activation_gradient(const view<const T, 2>& saved, Activation act, const view<T, 2>& dy) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      for (std::size_t c = 0; c < dy.row_size(); ++c) {
        dy.data()[r * dy.stride() + c] *= act.derivative(saved.data()[r * saved.stride() + c]);
      }
    }
  }

  /// y[r, i] = cos(pi (first + i) tau[r]): tau [R], y [R, n].
  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < y.rows(); ++r) {
      for (std::size_t i = 0; i < y.row_size(); ++i) {
        y.data()[r * y.stride() + i] = std::cos(std::numbers::pi_v<T> * static_cast<T>(first + i) * tau.data()[r]);
      }
    }
  }

  /// The gradient of `cosine` by the fractions: dtau[r] = -sum_i pi (first + i) sin(pi (first + i) tau[r]) dy[r, i].
  template <class T>
  void cosine_gradient(const view<const T, 1>& tau, std::size_t first, const view<const T, 2>& dy,
                       const view<T, 1>& dtau) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      T sum = 0;
      for (std::size_t i = 0; i < dy.row_size(); ++i) {
        const T frequency = std::numbers::pi_v<T> * static_cast<T>(first + i);
        sum -= frequency * std::sin(frequency * tau.data()[r]) * dy.data()[r * dy.stride() + i];
      }
      dtau.data()[r] = sum;
    }
  }

  /// h[b N + n, f] = psi[b, f] phi[b N + n, f]: psi [B, F], phi and h [B N, F].
  template <class T>
  void hadamard(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<T, 2>& h) const {
    const std::size_t each = phi.rows() / psi.rows();
    for (std::size_t r = 0; r < phi.rows(); ++r) {
      const T* p = psi.data() + (r / each) * psi.stride();
      for (std::size_t f = 0; f < phi.row_size(); ++f) {
        h.data()[r * h.stride() + f] = p[f] * phi.data()[r * phi.stride() + f];
      }
    }
  }

  /// The gradients of `hadamard`: dpsi[b, f] = sum_n dh phi, dphi = dh psi. `dphi` may be `dh` itself.
  template <class T>
  void hadamard_gradient(const view<const T, 2>& psi, const view<const T, 2>& phi, const view<const T, 2>& dh,
                         const view<T, 2>& dpsi, const view<T, 2>& dphi) const {
    const std::size_t each = phi.rows() / psi.rows();
    for (std::size_t b = 0; b < psi.rows(); ++b) {
      T* d = dpsi.data() + b * dpsi.stride();
      const T* p = psi.data() + b * psi.stride();
      std::fill_n(d, psi.row_size(), T(0));
      for (std::size_t r = b * each; r < (b + 1) * each; ++r) {
        const T* g = dh.data() + r * dh.stride();
        const T* e = phi.data() + r * phi.stride();
        T* o = dphi.data() + r * dphi.stride();
        for (std::size_t f = 0; f < psi.row_size(); ++f) {
          d[f] += g[f] * e[f];
          o[f] = g[f] * p[f];
        }
      }
    }
  }

  // ---- reductions

  /// into += x, element by element.
  template <class T>
  void add(const view<const T, 1>& x, const view<T, 1>& into) const {
    for (std::size_t i = 0; i < into.size(); ++i) into.data()[i] += x.data()[i];
  }

  /// Sum of squares, in double.
  template <class T>
  [[nodiscard]] double sum_of_squares(const view<const T, 1>& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += static_cast<double>(x.data()[i]) * static_cast<double>(x.data()[i]);
    return sum;
  }

  /// Whether every element is finite, by its bits.
  template <class T>
  [[nodiscard]] bool all_finite(const view<const T, 1>& x) const {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!is_finite(x.data()[i])) return false;
    }
    return true;
  }

  // ---- arithmetic written once

  /// f(i, row i of each view …) for every i below `count`, in any order. The functor is copied to where the memory is
  /// and may touch its own rows only.
  template <class F, class... Views>
  void for_rows(std::size_t count, F f, const Views&... views) const {
    if constexpr ((true && ... && (Views::rank == 1))) {
      if ((true && ... && (views.stride() == 1))) {
        for (std::size_t i = 0; i < count; ++i) f(i, views.data()[i]...);
        return;
      }
    }
    for (std::size_t i = 0; i < count; ++i) f(i, row_of(views, i)...);
  }
};

}  // namespace iqnrl::backend
