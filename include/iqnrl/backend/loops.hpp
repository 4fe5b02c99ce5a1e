// The reference backend's loops over images and rows, plain and slow. One image or row at a time, elements in order.
#pragma once

#include <algorithm>
#include <array>
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

/// The first largest element of each bin and where it is inside its channel: bin by bin.
template <class T>
void max_pool_bins(const pooling& p, const T* in, std::size_t row, std::size_t first, std::size_t last, T* y,
                   std::int32_t* index) {
  const auto [top, bottom] = p.rows(row);
  for (std::size_t j = first; j < last; ++j) {
    const auto [left, right] = p.columns(j);
    std::size_t best = top * p.in.width + left;
    for (std::size_t r = top; r < bottom; ++r) {
      for (std::size_t s = left; s < right; ++s) {
        if (in[r * p.in.width + s] > in[best]) best = r * p.in.width + s;
      }
    }
    y[j] = in[best];
    index[j] = static_cast<std::int32_t>(best);
  }
}

/// The same for `Width` neighbouring windows that stand inside the image, tap by tap over all of them.
template <std::size_t Width, std::size_t Stride, class T>
void max_pool_inside(const pooling& p, const T* in, std::size_t row, std::size_t first, T* y, std::int32_t* index) {
  const auto [top, bottom] = p.rows(row);
  const std::size_t start = top * p.in.width + first * Stride - p.over.padding_width;
  std::array<T, Width> best;
  std::array<std::int32_t, Width> where;
  for (std::size_t j = 0; j < Width; ++j) {
    best[j] = in[start + j * Stride];
    where[j] = 0;
  }
  for (std::size_t r = 0; r < bottom - top; ++r) {
    for (std::size_t s = 0; s < p.over.width; ++s) {
      const T* from = in + start + r * p.in.width + s;
      const auto at = static_cast<std::int32_t>(r * p.in.width + s);
      for (std::size_t j = 0; j < Width; ++j) {
        const T x = from[j * Stride];
        const bool more = x > best[j];
        best[j] = more ? x : best[j];
        where[j] = more ? at : where[j];
      }
    }
  }
  for (std::size_t j = 0; j < Width; ++j) {
    y[first + j] = best[j];
    index[first + j] = where[j] + static_cast<std::int32_t>(start + j * Stride);
  }
}

/// See reference::max_pool; one image.
template <class T>
void max_pool(const pooling& p, const T* x, T* y, std::int32_t* index) {
  constexpr std::size_t width = 8;
  // Output columns [first, last) have whole windows.
  const window& w = p.over;
  std::size_t first = 0;
  std::size_t last = 0;
  if (!p.adaptive && w.stride_width <= 2 && p.in.width + w.padding_width >= w.width) {
    first = std::min(p.out.width, (w.padding_width + w.stride_width - 1) / w.stride_width);
    last = std::clamp((p.in.width + w.padding_width - w.width) / w.stride_width + 1, first, p.out.width);
  }
  for (std::size_t c = 0; c < p.in.channels; ++c, x += p.in.area()) {
    for (std::size_t i = 0; i < p.out.height; ++i, y += p.out.width, index += p.out.width) {
      max_pool_bins(p, x, i, 0, first, y, index);
      std::size_t j = first;
      for (; j + width <= last; j += width) {
        if (w.stride_width == 1) {
          max_pool_inside<width, 1>(p, x, i, j, y, index);
        } else {
          max_pool_inside<width, 2>(p, x, i, j, y, index);
        }
      }
      max_pool_bins(p, x, i, j, p.out.width, y, index);
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
