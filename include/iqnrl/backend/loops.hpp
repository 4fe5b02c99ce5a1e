// The reference backend's loops over images and rows, plain and slow. One image or row at a time, elements in order.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <iqnrl/core/image.hpp>

namespace iqnrl::backend::loops {

/// Calls `f(output, input, tap)` for every product of one channel of a convolution: `output` inside [H', W'], `input`
/// inside [H, W], `tap` inside the window. Places outside the image are left out, since padding is zero.
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

/// Calls `f(output channel, input channel, weights of the pair)` for every pair of channels.
template <class W, class F>
void for_each_pair(const convolution& c, W* weight, std::size_t stride, const F& f) {
  for (std::size_t o = 0; o < c.out.channels; ++o) {
    for (std::size_t k = 0; k < c.in.channels; ++k) f(o, k, weight + o * stride + k * c.over.height * c.over.width);
  }
}

/// The first largest element of each bin and where it is inside its channel.
template <class T>
void max_pool(const pooling& p, const T* x, T* y, std::int32_t* index) {
  for (std::size_t c = 0; c < p.in.channels; ++c) {
    const T* in = x + c * p.in.area();
    for (std::size_t i = 0; i < p.out.height; ++i) {
      const auto [top, bottom] = p.rows(i);
      for (std::size_t j = 0; j < p.out.width; ++j) {
        const auto [left, right] = p.columns(j);
        std::size_t best = top * p.in.width + left;
        for (std::size_t r = top; r < bottom; ++r) {
          for (std::size_t s = left; s < right; ++s) {
            if (in[r * p.in.width + s] > in[best]) best = r * p.in.width + s;
          }
        }
        const std::size_t at = (c * p.out.height + i) * p.out.width + j;
        y[at] = in[best];
        index[at] = static_cast<std::int32_t>(best);
      }
    }
  }
}

/// Calls `f(output, input, 1 / elements of the bin)` for every element of every bin.
template <class T, class F>
void for_each_of_bins(const pooling& p, const F& f) {
  for (std::size_t c = 0; c < p.in.channels; ++c) {
    for (std::size_t i = 0; i < p.out.height; ++i) {
      const auto [top, bottom] = p.rows(i);
      for (std::size_t j = 0; j < p.out.width; ++j) {
        const auto [left, right] = p.columns(j);
        const T share = T(1) / static_cast<T>((bottom - top) * (right - left));
        for (std::size_t r = top; r < bottom; ++r) {
          for (std::size_t s = left; s < right; ++s)
            f((c * p.out.height + i) * p.out.width + j, c * p.in.area() + r * p.in.width + s, share);
        }
      }
    }
  }
}

}  // namespace iqnrl::backend::loops
