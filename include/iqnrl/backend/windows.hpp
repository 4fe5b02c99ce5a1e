// Convolutions as products of tiles whose left side is looked up in the image. For backends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <iqnrl/backend/tiles.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl::backend::detail {

/// A convolution and its gradients by tiles. Where a place sees a tap is a sum of two offsets, that of the place and
/// that of the tap, so that no image is laid out as rows of what its places see: places are rows of a product's left
/// side and taps its depth, or the other way round. Images that lie one behind the other go through together.
template <class T, std::size_t Register = widest_register>
class windows {
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
    const std::size_t forward = region(group(c_.out.area()) * padded_size()) + c_.depth() * c_.out.channels;
    const std::size_t input = region(group(most_of_phase()) * back_size()) + turned_size();
    return std::max(forward, input);
  }

  /// See reference::convolve; `packed` are the weights as packed_panels.
  template <class Activation>
  void convolve(const view<const T, 2>& x, const view<const T, 1>& packed, const view<const T, 1>& b, Activation act,
                T* scratch, const view<T, 2>& y) const {
    const T* bias = b.empty() ? nullptr : b.data();
    for_each_group(x.rows(), c_.out.area(), [&](std::size_t first, std::size_t count) {
      const images from = padded(x, first, count, scratch);
      const auto write = [&](const auto& to) {
        multiply(count * c_.out.area(), c_.out.channels, c_.depth(),
                 looked_up<T, Register>(
                     from.data, places(count, from.stride),
                     lattice{{c_.in.channels, over_.height, over_.width}, {1, wide_ * c_.in.channels, c_.in.channels}}),
                 panels{packed.data(), c_.out.channels, c_.depth()},
                 destination{y.data() + first * y.stride(), to, false, bias}, act);
      };
      if (y.stride() == c_.out.size()) {
        write(rows_apart{c_.out.channels});
      } else {
        write(rows_on{{{1, count, c_.out.area()}, {0, y.stride(), c_.out.channels}}});
      }
    });
  }

  /// See reference::convolve_input_gradient.
  ///
  /// Row r of the padded image is row m = r / s of its phase a = r mod s, and output row m - t sees it with tap a + s
  /// t: each phase is a convolution of dy with its own taps, turned round.
  void input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, T* scratch, const view<T, 2>& dx) const {
    const std::size_t outputs = c_.out.channels;
    T* turned = scratch + region(group(most_of_phase()) * back_size());
    std::fill_n(scratch, std::min(group(most_of_phase()), dy.rows()) * back_size(), T(0));
    for_each_phase([&](const phase& rows, const phase& columns, std::size_t done) {
      turn(w, rows, columns, turned + done * inputs());
    });
    for_each_group(dy.rows(), most_of_phase(), [&](std::size_t first, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i)
        surround(dy.data() + (first + i) * dy.stride(), scratch + i * back_size());
      for_each_phase([&](const phase& rows, const phase& columns, std::size_t done) {
        const lattice by{{rows.taps, columns.taps, outputs}, {back_wide_ * outputs, outputs, 1}};
        T* to = dx.data() + first * dx.stride() + (rows.begin * c_.in.width + columns.begin) * c_.in.channels;
        const lattice seen{{count, rows.count, columns.count}, {back_size(), back_wide_ * outputs, outputs}};
        const rows_on where{
            {seen.count,
             {dx.stride(), over_.stride_height * c_.in.width * c_.in.channels, over_.stride_width * c_.in.channels}}};
        if (by.size() == 0) return clear(where.where, to);
        const T* from = scratch + ((rows.first + tap_rows_ + 1 - rows.taps) * back_wide_ + columns.first +
                                   tap_columns_ + 1 - columns.taps) *
                                      outputs;
        multiply(seen.size(), c_.in.channels, by.size(), looked_up<T, Register>(from, seen, by),
                 wide_panels{turned + done * inputs(), inputs(), c_.in.channels}, destination{to, where});
      });
    });
  }

  /// See reference::convolve_weight_gradient; without the bias.
  void weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, T* scratch, const view<T, 2>& dw) const {
    const std::size_t area = c_.out.area();
    const std::size_t outputs = c_.out.channels;
    T* total = scratch + region(group(area) * padded_size());
    std::fill_n(total, c_.depth() * outputs, T(0));
    const auto add = [&](std::size_t first, std::size_t count) {
      const images from = padded(x, first, count, scratch);
      multiply(c_.depth(), outputs, count * area,
               looked_up<T, Register>(
                   from.data,
                   lattice{{over_.height, over_.width, c_.in.channels}, {wide_ * c_.in.channels, c_.in.channels, 1}},
                   places(count, from.stride)),
               plain_panels<T, Register>(dy.data() + first * dy.stride(), outputs, outputs, c_.depth()),
               destination{total, rows_apart{outputs}, true});
    };
    if (dy.stride() == area * outputs) {
      for_each_group(dy.rows(), area, add);
    } else {
      for (std::size_t r = 0; r < dy.rows(); ++r) add(r, 1);
    }
    const std::size_t window = over_.height * over_.width;
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t k = 0; k < c_.in.channels; ++k) {
        T* to = dw.data() + o * dw.stride() + k * window;
        for (std::size_t tap = 0; tap < window; ++tap) to[tap] += total[(tap * c_.in.channels + k) * outputs + o];
      }
    }
  }

 private:
  /// Of every `stride` rows of an image with its padding, one: those that are in the image, where the first of them is
  /// among its like and in the image, and the taps that see them.
  struct phase {
    std::size_t index, taps, first, begin, count;
  };
  /// A right side whose rows have zeros, or anything, up to a whole number of vectors.
  struct wide_panels {
    using shape = tile<T, Register>;
    static constexpr bool copied = false;
    const T* data;
    std::size_t stride;
    std::size_t columns;
    panel<T> operator()(std::size_t first, std::size_t k, std::size_t /*count*/) const {
      const std::size_t count = std::min(shape::panel_vectors(columns) * shape::lanes, columns - first);
      return {data + k * stride + first, stride, count, panels::padded(count) / shape::lanes};
    }
  };
  /// Images one behind the other.
  struct images {
    const T* data;
    std::size_t stride;
  };

  /// Small images go through the products several at once: so many, if each has so many places.
  static constexpr std::size_t group(std::size_t places) { return std::max<std::size_t>(1, block_depth / places); }
  /// Calls `f(first, count)` for the groups of `rows` images.
  template <class F>
  static void for_each_group(std::size_t rows, std::size_t places, const F& f) {
    for (std::size_t r = 0; r < rows; r += group(places)) f(r, std::min(group(places), rows - r));
  }

  /// A region's elements in whole lines of the cache.
  static constexpr std::size_t region(std::size_t size) {
    constexpr std::size_t line = 64 / sizeof(T);
    return (size + line - 1) / line * line;
  }
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

  /// Where the places of padded images begin to see.
  [[nodiscard]] constexpr lattice places(std::size_t count, std::size_t stride) const {
    return {{count, c_.out.height, c_.out.width},
            {stride, over_.stride_height * wide_ * c_.in.channels, over_.stride_width * c_.in.channels}};
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
    const std::size_t first = from(padding);
    return {a, a < size ? (size - a - 1) / stride + 1 : 0, first, first * stride + a - padding,
            from(padding + length) - first};
  }

  /// Images [first, first + count) with zeros around each: themselves where there are none.
  images padded(const view<const T, 2>& x, std::size_t first, std::size_t count, T* to) const {
    if (!has_padding()) return {x.data() + first * x.stride(), x.stride()};
    const images all{to, padded_size()};
    const std::size_t row = c_.in.width * c_.in.channels;
    const std::size_t side = over_.padding_width * c_.in.channels;
    const std::size_t edge = over_.padding_height * wide_ * c_.in.channels;
    for (std::size_t r = first; r < first + count; ++r) {
      const T* image = x.data() + r * x.stride();
      to = std::fill_n(to, edge, T(0));
      for (std::size_t i = 0; i < c_.in.height; ++i, image += row) {
        to = std::fill_n(to, side, T(0));
        to = std::copy_n(image, row, to);
        to = std::fill_n(to, side, T(0));
      }
      to = std::fill_n(to, edge, T(0));
    }
    return all;
  }

  /// Puts a gradient into a larger image of zeros.
  void surround(const T* dy, T* to) const {
    const std::size_t rows = std::min(c_.out.height, back_high_ - tap_rows_);
    const std::size_t columns = std::min(c_.out.width, back_wide_ - tap_columns_);
    for (std::size_t i = 0; i < rows; ++i) {
      std::copy_n(dy + i * c_.out.width * c_.out.channels, columns * c_.out.channels,
                  to + ((i + tap_rows_) * back_wide_ + tap_columns_) * c_.out.channels);
    }
  }

  /// The taps of one phase as a matrix [taps O, inputs], the last tap first.
  void turn(const view<const T, 2>& w, const phase& rows, const phase& columns, T* to) const {
    const std::size_t area = over_.height * over_.width;
    for (std::size_t t = rows.taps; t-- > 0;) {
      for (std::size_t u = columns.taps; u-- > 0;) {
        const std::size_t tap =
            (rows.index + t * over_.stride_height) * over_.width + columns.index + u * over_.stride_width;
        for (std::size_t o = 0; o < c_.out.channels; ++o, to += inputs()) {
          const T* from = w.data() + o * w.stride() + tap;
          for (std::size_t k = 0; k < c_.in.channels; ++k) to[k] = from[k * area];
          std::fill(to + c_.in.channels, to + inputs(), T(0));
        }
      }
    }
  }

  /// Zeros where no tap sees the image.
  void clear(const lattice& where, T* to) const {
    for (std::size_t i = 0; i < where.size(); ++i) {
      std::uint32_t offset = 0;
      where.offsets(i, 1, &offset);
      std::fill_n(to + offset, c_.in.channels, T(0));
    }
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
