// Sizes of images, and of what slides over them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace iqnrl {

/// Channels, rows and columns of an image. Observations hold its elements in this order, channel by channel; layers of
/// images place by place, [H, W, C], the channels of a place side by side.
struct image_shape {
  std::size_t channels = 1;
  std::size_t height = 1;
  std::size_t width = 1;

  [[nodiscard]] constexpr std::size_t area() const { return height * width; }
  [[nodiscard]] constexpr std::size_t size() const { return channels * area(); }
  constexpr bool operator==(const image_shape&) const = default;
};

/// A window that slides over an image: its size, its step, and how far it may stand out on every side.
struct window {
  std::size_t height = 1;
  std::size_t width = 1;
  std::size_t stride_height = 1;
  std::size_t stride_width = 1;
  std::size_t padding_height = 0;
  std::size_t padding_width = 0;

  [[nodiscard]] static constexpr window square(std::size_t size, std::size_t stride = 1, std::size_t padding = 0) {
    return {size, size, stride, stride, padding, padding};
  }
  constexpr bool operator==(const window&) const = default;

  /// Whether it has a place on an image of this size: floor((H + 2 padding - size) / stride) + 1 >= 1 of them.
  [[nodiscard]] constexpr bool fits(const image_shape& in) const {
    return height > 0 && width > 0 && stride_height > 0 && stride_width > 0 &&
           height <= in.height + 2 * padding_height && width <= in.width + 2 * padding_width;
  }
  /// Places of a window that fits: [channels, rows, columns].
  [[nodiscard]] constexpr image_shape over(const image_shape& in, std::size_t channels) const {
    return {channels, (in.height + 2 * padding_height - height) / stride_height + 1,
            (in.width + 2 * padding_width - width) / stride_width + 1};
  }
};

namespace detail {
/// Says in one sentence that a window does not fit; the shapes of both are arguments, for a compiler to print.
template <image_shape Image, window Window>
consteval bool check_window() {
  static_assert(
      Window.fits(Image),
      "iqnrl[nn]: the window of a convolution or pool is larger than its image with the padding, or empty, or "
      "does not step; the shapes of both are named beside this sentence  -> docs/encoder.md");
  return Window.fits(Image);
}
}  // namespace detail

/// A convolution: images [H, W, C] to images [H', W', O] with a window.
struct convolution {
  image_shape in;
  image_shape out;
  window over;

  /// Inputs of one output: C times the window's size.
  [[nodiscard]] constexpr std::size_t depth() const { return in.channels * over.height * over.width; }
};

/// Which part of an image each output of a pool looks at: a window's place, or, where `adaptive`, one of O bins that
/// cover H elements, bin i being [floor(i H / O), ceil((i + 1) H / O)); they overlap where O does not divide H.
struct pooling {
  image_shape in;
  image_shape out;
  window over{};
  bool adaptive = false;

  /// Rows [first, last) of output row `i`.
  [[nodiscard]] constexpr std::pair<std::size_t, std::size_t> rows(std::size_t i) const {
    return adaptive ? bin(i, in.height, out.height)
                    : place(i, in.height, over.height, over.stride_height, over.padding_height);
  }
  /// Columns [first, last) of output column `i`.
  [[nodiscard]] constexpr std::pair<std::size_t, std::size_t> columns(std::size_t i) const {
    return adaptive ? bin(i, in.width, out.width)
                    : place(i, in.width, over.width, over.stride_width, over.padding_width);
  }

 private:
  static constexpr std::pair<std::size_t, std::size_t> bin(std::size_t i, std::size_t size, std::size_t bins) {
    return {i * size / bins, ((i + 1) * size + bins - 1) / bins};
  }
  static constexpr std::pair<std::size_t, std::size_t> place(std::size_t i, std::size_t size, std::size_t length,
                                                             std::size_t stride, std::size_t padding) {
    const std::size_t first = i * stride;
    return {std::max(first, padding) - padding, std::min(first + length, size + padding) - padding};
  }
};

}  // namespace iqnrl
