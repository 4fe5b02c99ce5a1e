// The reference backend's loops over images and rows, plain and slow. One image or row at a time, elements in order.
#pragma once

#include <cstddef>
#include <cstdint>

#include <iqnrl/core/image.hpp>

namespace iqnrl::backend::loops {

/// Calls `f(output, input, tap)` for every product of one channel of a convolution: `output` is a place in [H', W'],
/// `input` one in [H, W], `tap` one in the window. Places outside the image are left out, since padding is zero.
template <class F>
void for_each_tap(const convolution& c, const F& f) {
  const window& w = c.over;
  for (std::size_t i = 0; i < c.out.height; ++i) {
    for (std::size_t j = 0; j < c.out.width; ++j) {
      for (std::size_t a = 0; a < w.height; ++a) {
        const std::size_t row = i * w.stride_height + a;
        if (row < w.padding_height || row >= c.in.height + w.padding_height) continue;
        for (std::size_t b = 0; b < w.width; ++b) {
          const std::size_t column = j * w.stride_width + b;
          if (column < w.padding_width || column >= c.in.width + w.padding_width) continue;
          f(i * c.out.width + j, (row - w.padding_height) * c.in.width + column - w.padding_width, a * w.width + b);
        }
      }
    }
  }
}

/// Calls `f(output, input, weight)` with what every product of a convolution reads and adds to: elements of images and
/// of weights [O, C kh kw] whose rows lie `stride` apart.
template <class F>
void for_each_product(const convolution& c, std::size_t stride, const F& f) {
  for (std::size_t o = 0; o < c.out.channels; ++o) {
    for (std::size_t k = 0; k < c.in.channels; ++k) {
      const std::size_t weight = o * stride + k * c.over.height * c.over.width;
      for_each_tap(c, [&](std::size_t output, std::size_t input, std::size_t tap) {
        f(output * c.out.channels + o, input * c.in.channels + k, weight + tap);
      });
    }
  }
}

/// Calls `f(output place, top, bottom, left, right)` for every bin.
template <class F>
void for_each_bin(const pooling& p, const F& f) {
  for (std::size_t i = 0; i < p.out.height; ++i) {
    const auto [top, bottom] = p.rows(i);
    for (std::size_t j = 0; j < p.out.width; ++j) {
      const auto [left, right] = p.columns(j);
      f(i * p.out.width + j, top, bottom, left, right);
    }
  }
}

/// See reference::max_pool; one image.
template <class T>
void max_pool(const pooling& p, const T* x, T* y, std::int32_t* index) {
  const std::size_t channels = p.in.channels;
  for_each_bin(p, [&](std::size_t output, std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::size_t best = top * p.in.width + left;
      for (std::size_t r = top; r < bottom; ++r) {
        for (std::size_t s = left; s < right; ++s) {
          if (x[(r * p.in.width + s) * channels + c] > x[best * channels + c]) best = r * p.in.width + s;
        }
      }
      y[output * channels + c] = x[best * channels + c];
      index[output * channels + c] = static_cast<std::int32_t>(best);
    }
  });
}

/// Calls `f(output, input, 1 / elements of the bin)` for every element of every bin.
template <class T, class F>
void for_each_of_bins(const pooling& p, const F& f) {
  const std::size_t channels = p.in.channels;
  for_each_bin(p, [&](std::size_t output, std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
    const T share = T(1) / static_cast<T>((bottom - top) * (right - left));
    for (std::size_t r = top; r < bottom; ++r) {
      for (std::size_t s = left; s < right; ++s) {
        for (std::size_t c = 0; c < channels; ++c) f(output * channels + c, (r * p.in.width + s) * channels + c, share);
      }
    }
  });
}

}  // namespace iqnrl::backend::loops
