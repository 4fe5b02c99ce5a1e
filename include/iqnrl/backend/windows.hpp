// Convolutions as products of tiles whose left side is looked up in the image. For backends.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <iqnrl/backend/tiles.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend::detail {

/// A convolution and its gradients by tiles. Where a place sees a tap is a sum of two offsets, that of the place and
/// that of the tap, so that no image is laid out as columns: places are rows of a product's left side and taps its
/// depth, or the other way round. Results come place by place and are transposed.
template <class T, std::size_t Register = widest_register>
class windows {
  using shape = tile<T, Register>;
  using panels = packed_panels<T, Register>;

 public:
  constexpr explicit windows(const convolution& c)
      : c_(c),
        over_(c.over),
        high_(c.in.height + 2 * over_.padding_height),
        wide_(c.in.width + 2 * over_.padding_width),
        tap_rows_((over_.height - 1) / over_.stride_height),
        tap_columns_((over_.width - 1) / over_.stride_width),
        back_high_((c.in.height - 1 + over_.padding_height) / over_.stride_height + 1 + tap_rows_),
        back_wide_((c.in.width - 1 + over_.padding_width) / over_.stride_width + 1 + tap_columns_) {}

  /// Elements that the functions below write to on the way.
  [[nodiscard]] constexpr std::size_t scratch() const {
    const std::size_t forward = region(padded_size()) + region(c_.out.area() * outputs());
    const std::size_t input = region(back_size()) + region(turned_size()) + region(most_of_phase() * inputs());
    return std::max(forward + region(c_.depth() * outputs()), input);
  }

  /// See reference::convolve; `packed` are the weights as packed_panels.
  template <class Activation>
  void convolve(const view<const T, 2>& x, const view<const T, 1>& packed, const view<const T, 1>& b, Activation act,
                T* scratch, const view<T, 2>& y) const {
    T* across = scratch + region(padded_size());
    const T* bias = b.empty() ? nullptr : b.data();
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const T* image = padded(x.data() + r * x.stride(), scratch);
      multiply(c_.out.area(), c_.out.channels, c_.depth(), looked_up<T, Register>(image, places(), taps()),
               panels{packed.data(), c_.out.channels, c_.depth()},
               [&](const shape& sums, const tile_place& at) { put_affine(sums, at, bias, act, across, outputs()); });
      transpose(across, outputs(), c_.out.area(), c_.out.channels, y.data() + r * y.stride(), c_.out.area());
    }
  }

  /// See reference::convolve_input_gradient.
  ///
  /// Row r of the padded image is row m = r / s of its phase a = r mod s, and output row m - t sees it with tap a + s
  /// t: each phase is a convolution of dy with its own taps, turned round.
  void input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, T* scratch, const view<T, 2>& dx) const {
    T* turned = scratch + region(back_size());
    T* across = turned + region(turned_size());
    std::fill_n(scratch, back_size(), T(0));
    for_each_phase([&](const phase& rows, const phase& columns, std::size_t done) {
      turn(w, rows, columns, turned + done * inputs());
    });
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      surround(dy.data() + r * dy.stride(), scratch);
      for_each_phase([&](const phase& rows, const phase& columns, std::size_t done) {
        const T* first = scratch + (rows.first + tap_rows_ + 1 - rows.taps) * back_wide_ + columns.first +
                         tap_columns_ + 1 - columns.taps;
        const lattice seen{{1, rows.count, columns.count}, {0, back_wide_, 1}};
        const lattice by{{c_.out.channels, rows.taps, columns.taps}, {back_high_ * back_wide_, back_wide_, 1}};
        if (by.size() == 0) {
          std::fill_n(across, seen.size() * inputs(), T(0));
        } else {
          multiply(seen.size(), c_.in.channels, by.size(), looked_up<T, Register>(first, seen, by),
                   wide_panels{turned + done * inputs(), inputs(), c_.in.channels},
                   [&](const shape& sums, const tile_place& at) { put(sums, at, !at.first, across, inputs()); });
        }
        scatter(across, rows, columns, dx.data() + r * dx.stride());
      });
    }
  }

  /// See reference::convolve_weight_gradient; without the bias.
  void weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, T* scratch, const view<T, 2>& dw) const {
    T* across = scratch + region(padded_size());
    T* total = across + region(c_.out.area() * outputs());
    std::fill_n(total, c_.depth() * outputs(), T(0));
    std::fill_n(across, c_.out.area() * outputs(), T(0));
    for (std::size_t r = 0; r < dy.rows(); ++r) {
      const T* image = padded(x.data() + r * x.stride(), scratch);
      transpose(dy.data() + r * dy.stride(), c_.out.area(), c_.out.channels, c_.out.area(), across, outputs());
      multiply(c_.depth(), c_.out.channels, c_.out.area(), looked_up<T, Register>(image, taps(), places()),
               wide_panels{across, outputs(), c_.out.channels},
               [&](const shape& sums, const tile_place& at) { put(sums, at, true, total, outputs()); });
    }
    for (std::size_t o = 0; o < c_.out.channels; ++o) {
      for (std::size_t d = 0; d < c_.depth(); ++d) dw.data()[o * dw.stride() + d] += total[d * outputs() + o];
    }
  }

 private:
  /// Of every `stride` rows of an image with its padding, one: those that are in the image, where the first of them is,
  /// and the taps that see them.
  struct phase {
    std::size_t index, taps, first, count;
  };
  /// A right side whose rows have zeros, or anything, up to a whole number of vectors.
  struct wide_panels {
    using shape = tile<T, Register>;
    const T* data;
    std::size_t stride;
    std::size_t columns;
    panel<T> operator()(std::size_t first, std::size_t k, std::size_t /*count*/) const {
      const std::size_t count = std::min(shape::columns, columns - first);
      return {data + k * stride + first, stride, count, panels::padded(count) / shape::lanes};
    }
  };

  /// A region's elements in whole lines of the cache.
  static constexpr std::size_t region(std::size_t size) {
    constexpr std::size_t line = 64 / sizeof(T);
    return (size + line - 1) / line * line;
  }
  [[nodiscard]] constexpr std::size_t outputs() const { return panels::padded(c_.out.channels); }
  [[nodiscard]] constexpr std::size_t inputs() const { return panels::padded(c_.in.channels); }
  [[nodiscard]] constexpr bool has_padding() const { return over_.padding_height > 0 || over_.padding_width > 0; }
  [[nodiscard]] constexpr std::size_t padded_size() const { return has_padding() ? c_.in.channels * high_ * wide_ : 0; }
  [[nodiscard]] constexpr std::size_t back_size() const { return c_.out.channels * back_high_ * back_wide_; }
  [[nodiscard]] constexpr std::size_t turned_size() const {
    return c_.out.channels * over_.height * over_.width * inputs();
  }
  [[nodiscard]] constexpr std::size_t most_of_phase() const {
    return (c_.in.height / over_.stride_height + 1) * (c_.in.width / over_.stride_width + 1);
  }

  [[nodiscard]] constexpr lattice places() const {
    return {{1, c_.out.height, c_.out.width}, {0, over_.stride_height * wide_, over_.stride_width}};
  }
  [[nodiscard]] constexpr lattice taps() const {
    return {{c_.in.channels, over_.height, over_.width}, {high_ * wide_, wide_, 1}};
  }

  /// Calls `f(rows, columns, depth of the phases before)` for every phase that has rows and columns.
  template <class F>
  void for_each_phase(const F& f) const {
    std::size_t done = 0;
    for (std::size_t a = 0; a < over_.stride_height; ++a) {
      const phase rows = phase_of(a, over_.height, over_.stride_height, over_.padding_height, c_.in.height);
      for (std::size_t b = 0; b < over_.stride_width; ++b) {
        const phase columns = phase_of(b, over_.width, over_.stride_width, over_.padding_width, c_.in.width);
        if (rows.count > 0 && columns.count > 0) f(rows, columns, done);
        done += c_.out.channels * rows.taps * columns.taps;
      }
    }
  }
  static constexpr phase phase_of(std::size_t a, std::size_t size, std::size_t stride, std::size_t padding,
                                  std::size_t length) {
    const auto from = [&](std::size_t row) { return row <= a ? 0 : (row - a + stride - 1) / stride; };
    return {a, a < size ? (size - a - 1) / stride + 1 : 0, from(padding), from(padding + length) - from(padding)};
  }

  /// The image with zeros around it: itself where there are none.
  const T* padded(const T* image, T* to) const {
    if (!has_padding()) return image;
    T* const begin = to;
    for (std::size_t k = 0; k < c_.in.channels; ++k) {
      to = std::fill_n(to, over_.padding_height * wide_, T(0));
      for (std::size_t i = 0; i < c_.in.height; ++i, image += c_.in.width) {
        to = std::fill_n(to, over_.padding_width, T(0));
        to = std::copy_n(image, c_.in.width, to);
        to = std::fill_n(to, over_.padding_width, T(0));
      }
      to = std::fill_n(to, over_.padding_height * wide_, T(0));
    }
    return begin;
  }

  /// Puts a gradient's channels into planes of zeros.
  void surround(const T* dy, T* to) const {
    const std::size_t rows = std::min(c_.out.height, back_high_ - tap_rows_);
    const std::size_t columns = std::min(c_.out.width, back_wide_ - tap_columns_);
    for (std::size_t o = 0; o < c_.out.channels; ++o) {
      for (std::size_t i = 0; i < rows; ++i) {
        std::copy_n(dy + (o * c_.out.height + i) * c_.out.width, columns,
                    to + (o * back_high_ + i + tap_rows_) * back_wide_ + tap_columns_);
      }
    }
  }

  /// The taps of one phase as a matrix [O taps, inputs], the last tap first.
  void turn(const view<const T, 2>& w, const phase& rows, const phase& columns, T* to) const {
    const std::size_t area = over_.height * over_.width;
    for (std::size_t o = 0; o < c_.out.channels; ++o) {
      for (std::size_t t = rows.taps; t-- > 0;) {
        for (std::size_t u = columns.taps; u-- > 0; to += inputs()) {
          const T* from = w.data() + o * w.stride() + (rows.index + t * over_.stride_height) * over_.width +
                          columns.index + u * over_.stride_width;
          for (std::size_t k = 0; k < c_.in.channels; ++k) to[k] = from[k * area];
          std::fill(to + c_.in.channels, to + inputs(), T(0));
        }
      }
    }
  }

  /// A phase's gradients [places, inputs] to where they are in the image.
  void scatter(const T* from, const phase& rows, const phase& columns, T* image) const {
    if (over_.stride_height == 1 && over_.stride_width == 1) {
      transpose(from, inputs(), c_.in.area(), c_.in.channels, image, c_.in.area());
      return;
    }
    for (std::size_t m = 0; m < rows.count; ++m) {
      const std::size_t row = (rows.first + m) * over_.stride_height + rows.index - over_.padding_height;
      for (std::size_t n = 0; n < columns.count; ++n, from += inputs()) {
        T* to =
            image + row * c_.in.width + (columns.first + n) * over_.stride_width + columns.index - over_.padding_width;
        for (std::size_t k = 0; k < c_.in.channels; ++k) to[k * c_.in.area()] = from[k];
      }
    }
  }

  static void transpose(const T* from, std::size_t from_stride, std::size_t rows, std::size_t columns, T* to,
                        std::size_t to_stride) {
    transposition<T, Register>::run(from, from_stride, rows, columns, to, to_stride);
  }

  convolution c_;
  window over_;
  std::size_t high_;  ///< of the image with its padding
  std::size_t wide_;
  std::size_t tap_rows_;  ///< taps of a phase, at most, less one
  std::size_t tap_columns_;
  std::size_t back_high_;  ///< of dy with zeros around it
  std::size_t back_wide_;
};

}  // namespace iqnrl::backend::detail
