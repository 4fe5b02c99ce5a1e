// Maximum pools, many channels at once. For backends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <iqnrl/backend/loops.hpp>
#include <iqnrl/backend/vectors.hpp>
#include <iqnrl/core/image.hpp>

namespace iqnrl::backend::detail {

/// The maximum pool of images whose channels lie side by side: the largest elements so far, and their places, stay in
/// registers while the elements of a bin pass by.
template <class T, std::size_t Register = widest_register>
class channel_pool {
  using vector = typename vector_of<T, Register>::type;
  using places = decltype(vector{} > vector{});  ///< integers of the same width
  static constexpr std::size_t lanes = Register / sizeof(T);

 public:
  /// See reference::max_pool; one image.
  static void run(const pooling& p, const T* x, T* y, std::int32_t* index) {
    const std::size_t channels = p.in.channels;
    loops::for_each_bin(
        p, [&](std::size_t output, std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
          const bin b{x, channels, p.in.width, top, bottom, left, right};
          T* to = y + output * channels;
          std::int32_t* winner = index + output * channels;
          std::size_t c = 0;
          for (; c + 2 * lanes <= channels; c += 2 * lanes) largest<2>(b, c, to + c, winner + c);
          for (; c + lanes <= channels; c += lanes) largest<1>(b, c, to + c, winner + c);
          for (; c < channels; ++c) largest_of_one(b, c, to + c, winner + c);
        });
  }

 private:
  struct bin {
    const T* image;
    std::size_t channels, width, top, bottom, left, right;
    /// Calls `f(place, its channels)` for every place but the first.
    template <class F>
    void each(const F& f) const {
      for (std::size_t r = top; r < bottom; ++r) {
        for (std::size_t s = r == top ? left + 1 : left; s < right; ++s)
          f(r * width + s, image + (r * width + s) * channels);
      }
    }
    [[nodiscard]] std::size_t first() const { return top * width + left; }
  };

  template <std::size_t Vectors>
  static void largest(const bin& b, std::size_t c, T* y, std::int32_t* index) {
    vector best[Vectors];
    places where[Vectors];
    std::memcpy(best, b.image + b.first() * b.channels + c, sizeof best);
    for (std::size_t v = 0; v < Vectors; ++v) where[v] = places{} + static_cast<element>(b.first());
    b.each([&](std::size_t place, const T* from) {
      const places here = places{} + static_cast<element>(place);
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Vectors; ++v) {
        vector x;
        std::memcpy(&x, from + c + v * lanes, sizeof x);
        const places more = x > best[v];
        best[v] = more ? x : best[v];
        where[v] = more ? here : where[v];
      }
    });
    std::memcpy(y, best, sizeof best);
    for (std::size_t v = 0; v < Vectors; ++v) {
      for (std::size_t i = 0; i < lanes; ++i) index[v * lanes + i] = static_cast<std::int32_t>(where[v][i]);
    }
  }
  using element = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

  static void largest_of_one(const bin& b, std::size_t c, T* y, std::int32_t* index) {
    *y = b.image[b.first() * b.channels + c];
    *index = static_cast<std::int32_t>(b.first());
    b.each([&](std::size_t place, const T* from) {
      if (!(from[c] > *y)) return;
      *y = from[c];
      *index = static_cast<std::int32_t>(place);
    });
  }
};

}  // namespace iqnrl::backend::detail
