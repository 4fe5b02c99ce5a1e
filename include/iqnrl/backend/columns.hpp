// Images laid out as the columns of a matrix, so that a convolution is a product. For backends.
#pragma once

#include <algorithm>
#include <cstddef>

#include <iqnrl/core/image.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend {

/// Rows of a convolution's output that are laid out at a time: few enough that their columns stay in the cache.
[[nodiscard]] constexpr std::size_t strip_rows(const convolution& c) {
  constexpr std::size_t elements = 32768;
  return std::clamp<std::size_t>(elements / (c.depth() * c.out.width), 1, c.out.height);
}

/// Elements of the columns of one strip.
[[nodiscard]] constexpr std::size_t strip_size(const convolution& c) { return c.depth() * strip_rows(c) * c.out.width; }

namespace detail {

/// Calls `f(tap, place, image's element or c.in.size())` for every tap of the window and every place in output rows
/// [first, first + rows); c.in.size() stands for padding.
template <class F>
void for_each_of_strip(const convolution& c, std::size_t first, std::size_t rows, const F& f) {
  const window& w = c.over;
  std::size_t tap = 0;
  for (std::size_t k = 0; k < c.in.channels; ++k) {
    for (std::size_t a = 0; a < w.height; ++a) {
      for (std::size_t b = 0; b < w.width; ++b, ++tap) {
        std::size_t place = 0;
        for (std::size_t i = first; i < first + rows; ++i) {
          const std::size_t row = i * w.stride_height + a;
          const bool inside = row >= w.padding_height && row < c.in.height + w.padding_height;
          for (std::size_t j = 0; j < c.out.width; ++j, ++place) {
            const std::size_t column = j * w.stride_width + b;
            const bool seen = inside && column >= w.padding_width && column < c.in.width + w.padding_width;
            f(tap, place,
              seen ? (k * c.in.height + row - w.padding_height) * c.in.width + column - w.padding_width : c.in.size());
          }
        }
      }
    }
  }
}

}  // namespace detail

/// Lays out what output rows [first, first + rows) see of an image: columns [depth, rows W'] or, `Across`, their
/// transpose; zeros outside the image.
template <bool Across, class T>
void to_columns(const convolution& c, const T* image, std::size_t first, std::size_t rows, T* columns) {
  const std::size_t places = rows * c.out.width;
  const std::size_t depth = c.depth();
  detail::for_each_of_strip(c, first, rows, [&](std::size_t tap, std::size_t place, std::size_t element) {
    columns[Across ? place * depth + tap : tap * places + place] = element < c.in.size() ? image[element] : T(0);
  });
}

/// Adds columns [depth, rows W'] to the image where they came from.
template <class T>
void add_columns(const convolution& c, const T* columns, std::size_t first, std::size_t rows, T* image) {
  const std::size_t places = rows * c.out.width;
  detail::for_each_of_strip(c, first, rows, [&](std::size_t tap, std::size_t place, std::size_t element) {
    if (element < c.in.size()) image[element] += columns[tap * places + place];
  });
}

/// Convolutions as products of matrices: `Products` has `product(a, b, c)` (c = a b), `product_of_transposed(a, b, c)`
/// (c = a^T b) and `add_product(a, b, c)` (c += a b).
template <class Products>
struct convolutions_by_columns {
  Products products{};

  /// See reference::convolve.
  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& b,
                Activation act, const view<T, 1>& scratch, const view<T, 2>& y) const {
    for (std::size_t r = 0; r < x.rows(); ++r) {
      T* out = y.data() + r * y.stride();
      in_strips(c, [&](std::size_t first, std::size_t rows) {
        to_columns<false>(c, x.data() + r * x.stride(), first, rows, scratch.data());
        products.product(w, view<const T, 2>(scratch.data(), {c.depth(), rows * c.out.width}),
                         strip(c, out, first, rows));
      });
      for (std::size_t o = 0; o < c.out.channels; ++o) {
        const T bias = b.empty() ? T(0) : b.data()[o];
        T* plane = out + o * c.out.area();
        for (std::size_t i = 0; i < c.out.area(); ++i) plane[i] = act.value(plane[i] + bias);
      }
    }
  }

  /// See reference::convolve_input_gradient.
  template <class T>
  void input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                      const view<T, 1>& scratch, const view<T, 2>& dx) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      T* to = dx.data() + r * dx.stride();
      std::fill_n(to, dx.row_size(), T(0));
      in_strips(c, [&](std::size_t first, std::size_t rows) {
        products.product_of_transposed(w, strip(c, dy.data() + r * dy.stride(), first, rows),
                                       view<T, 2>(scratch.data(), {c.depth(), rows * c.out.width}));
        add_columns(c, static_cast<const T*>(scratch.data()), first, rows, to);
      });
    }
  }

  /// See reference::convolve_weight_gradient.
  template <class T>
  void weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                       const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* d = dy.data() + r * dy.stride();
      in_strips(c, [&](std::size_t first, std::size_t rows) {
        to_columns<true>(c, x.data() + r * x.stride(), first, rows, scratch.data());
        products.add_product(strip(c, d, first, rows),
                             view<const T, 2>(scratch.data(), {rows * c.out.width, c.depth()}), dw);
      });
      if (db.empty()) continue;
      for (std::size_t o = 0; o < c.out.channels; ++o) {
        T sum = 0;
        for (std::size_t i = 0; i < c.out.area(); ++i) sum += d[o * c.out.area() + i];
        db.data()[o] += sum;
      }
    }
  }

 private:
  template <class F>
  static void in_strips(const convolution& c, const F& f) {
    const std::size_t most = strip_rows(c);
    for (std::size_t first = 0; first < c.out.height; first += most) f(first, std::min(most, c.out.height - first));
  }
  /// Rows [first, first + rows) of every plane of an output: a matrix [O, rows W'].
  template <class T>
  static view<T, 2> strip(const convolution& c, T* image, std::size_t first, std::size_t rows) {
    return {image + first * c.out.width, {c.out.channels, rows * c.out.width}, c.out.area()};
  }
};

}  // namespace iqnrl::backend
