// Images laid out as rows of what each place sees, so that a convolution is an affine map. For backends.
#pragma once

#include <algorithm>
#include <cstddef>

#include <iqnrl/core/image.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend {

/// Rows of a convolution's output that are laid out at a time: few enough that what they see stays in the cache.
[[nodiscard]] constexpr std::size_t strip_rows(const convolution& c) {
  constexpr std::size_t elements = 32768;
  return std::clamp<std::size_t>(elements / (c.depth() * c.out.width), 1, c.out.height);
}

/// Elements that one strip's places see.
[[nodiscard]] constexpr std::size_t strip_size(const convolution& c) { return c.depth() * strip_rows(c) * c.out.width; }

namespace detail {

/// Calls `f(seen, element)` for every element that the places in output rows [first, first + rows) see, as
/// [rows W', C kh kw] and in the image [H, W, C]; c.in.size() stands for padding.
template <class F>
void for_each_seen(const convolution& c, std::size_t first, std::size_t rows, const F& f) {
  const window& w = c.over;
  std::size_t seen = 0;
  for (std::size_t i = first; i < first + rows; ++i) {
    for (std::size_t j = 0; j < c.out.width; ++j) {
      for (std::size_t k = 0; k < c.in.channels; ++k) {
        for (std::size_t a = 0; a < w.height; ++a) {
          const std::size_t row = i * w.stride_height + a;
          const bool inside = row >= w.padding_height && row < c.in.height + w.padding_height;
          for (std::size_t b = 0; b < w.width; ++b, ++seen) {
            const std::size_t column = j * w.stride_width + b;
            const bool there = inside && column >= w.padding_width && column < c.in.width + w.padding_width;
            f(seen, there ? ((row - w.padding_height) * c.in.width + column - w.padding_width) * c.in.channels + k
                          : c.in.size());
          }
        }
      }
    }
  }
}

/// Calls `f(first, rows)` for the strips of a convolution's output.
template <class F>
void in_strips(const convolution& c, const F& f) {
  const std::size_t most = strip_rows(c);
  for (std::size_t first = 0; first < c.out.height; first += most) f(first, std::min(most, c.out.height - first));
}

/// The places of output rows [first, first + rows): a matrix [rows W', O].
template <class T>
view<T, 2> strip(const convolution& c, T* image, std::size_t first, std::size_t rows) {
  return {image + first * c.out.width * c.out.channels, {rows * c.out.width, c.out.channels}};
}

/// What they see of an image, laid out in `scratch`: [rows W', C kh kw], zeros outside the image.
template <class T>
view<const T, 2> lay_out(const convolution& c, const T* image, std::size_t first, std::size_t rows,
                         const view<T, 1>& scratch) {
  for_each_seen(c, first, rows, [&](std::size_t seen, std::size_t element) {
    scratch.data()[seen] = element < c.in.size() ? image[element] : T(0);
  });
  return {scratch.data(), {rows * c.out.width, c.depth()}};
}

}  // namespace detail

/// Convolutions by the affine primitives of a backend, of which they need `strip_size` elements of scratch.
template <class Backend>
class convolutions_by_columns {
 public:
  explicit convolutions_by_columns(const Backend& backend) : backend_(backend) {}

  /// See reference::convolve.
  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      detail::in_strips(c, [&](std::size_t first, std::size_t rows) {
        backend_.affine(detail::lay_out(c, x.data() + r * x.stride(), first, rows, scratch), w, packed, b, act,
                        detail::strip(c, y.data() + r * y.stride(), first, rows));
      });
    }
  }

  /// See reference::convolve_input_gradient.
  template <class T>
  void input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                      const view<const T, 1>& packed, const view<T, 1>& scratch, const view<T, 2>& dx) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      T* to = dx.data() + r * dx.stride();
      std::fill_n(to, dx.row_size(), T(0));
      detail::in_strips(c, [&](std::size_t first, std::size_t rows) {
        const view<T, 2> seen(scratch.data(), {rows * c.out.width, c.depth()});
        backend_.affine_input_gradient(detail::strip(c, dy.data() + r * dy.stride(), first, rows), w, packed, seen);
        detail::for_each_seen(c, first, rows, [&](std::size_t from, std::size_t element) {
          if (element < c.in.size()) to[element] += seen.data()[from];
        });
      });
    }
  }

  /// See reference::convolve_weight_gradient.
  template <class T>
  void weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                       const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      detail::in_strips(c, [&](std::size_t first, std::size_t rows) {
        backend_.affine_weight_gradient(detail::strip(c, dy.data() + r * dy.stride(), first, rows),
                                        detail::lay_out(c, x.data() + r * x.stride(), first, rows, scratch), dw, db);
      });
    }
  }

 private:
  const Backend& backend_;
};

}  // namespace iqnrl::backend
