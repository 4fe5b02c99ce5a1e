// Convolutions of 3 x 3 with fewer multiplications, for the native backend and those that derive from it. Not part of
// iqnrl/agent.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <iqnrl/backend/native.hpp>
#include <iqnrl/backend/tiles.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/view.hpp>
#include <iqnrl/nn/activation.hpp>

namespace iqnrl::backend {

namespace detail {

/// F(4 x 4, 3 x 3) of Lavin and Gray ("Fast Algorithms for Convolutional Neural Networks", CVPR 2016): tiles of 6 x 6
/// of an image and windows of 3 x 3 are mapped to 6 x 6 points, multiplied point by point, and mapped to 4 x 4 places,
/// by the same map for rows and columns. A convolution is y = A^T (G g * B^T d), and the gradient of its weights, the
/// other way round, dg = G^T (A dy * B^T d).
///
/// V is a vector of T, or T itself.
template <class T, class V>
struct winograd_maps {
  /// B^T d.
  struct image {
    static constexpr std::size_t in = 6, out = 6;
    static void run(const V (&d)[6], V (&t)[6]) {
      const V even = d[4] - T(4) * d[2];
      const V odd = d[3] - T(4) * d[1];
      const V near = d[4] - d[2];
      const V wide = T(2) * (d[3] - d[1]);
      t[0] = T(4) * (d[0] - d[2]) + near;
      t[1] = even + odd;
      t[2] = even - odd;
      t[3] = near + wide;
      t[4] = near - wide;
      t[5] = T(4) * (d[1] - d[3]) + (d[5] - d[3]);
    }
  };
  /// G g.
  struct window {
    static constexpr std::size_t in = 3, out = 6;
    static void run(const V (&g)[3], V (&t)[6]) {
      const V outer = g[0] + g[2];
      const V twice = g[0] + T(4) * g[2];
      t[0] = T(0.25) * g[0];
      t[1] = T(-1) / T(6) * (outer + g[1]);
      t[2] = T(-1) / T(6) * (outer - g[1]);
      t[3] = T(1) / T(24) * (twice + T(2) * g[1]);
      t[4] = T(1) / T(24) * (twice - T(2) * g[1]);
      t[5] = g[2];
    }
  };
  /// A^T m.
  struct places {
    static constexpr std::size_t in = 6, out = 4;
    static void run(const V (&m)[6], V (&t)[4]) {
      const V near = m[1] + m[2];
      const V near_difference = m[1] - m[2];
      const V wide = m[3] + m[4];
      const V wide_difference = m[3] - m[4];
      t[0] = m[0] + near + wide;
      t[1] = near_difference + T(2) * wide_difference;
      t[2] = near + T(4) * wide;
      t[3] = near_difference + T(8) * wide_difference + m[5];
    }
  };
  /// A dy.
  struct place_gradient {
    static constexpr std::size_t in = 4, out = 6;
    static void run(const V (&d)[4], V (&t)[6]) {
      const V even = d[0] + d[2];
      const V odd = d[1] + d[3];
      const V far_even = d[0] + T(4) * d[2];
      const V far_odd = T(2) * d[1] + T(8) * d[3];
      t[0] = d[0];
      t[1] = even + odd;
      t[2] = even - odd;
      t[3] = far_even + far_odd;
      t[4] = far_even - far_odd;
      t[5] = d[3];
    }
  };
  /// G^T m.
  struct window_gradient {
    static constexpr std::size_t in = 6, out = 3;
    static void run(const V (&m)[6], V (&t)[3]) {
      const V near = T(1) / T(6) * (m[1] + m[2]);
      const V wide = m[3] + m[4];
      t[0] = T(0.25) * m[0] - near + T(1) / T(24) * wide;
      t[1] = T(1) / T(6) * (m[2] - m[1]) + T(1) / T(12) * (m[3] - m[4]);
      t[2] = T(1) / T(6) * wide - near + m[5];
    }
  };

  /// One of these for rows and columns: of what load(i, j, to) writes, for store(i, j, value).
  template <class Map, class Load, class Store>
  [[gnu::always_inline]] static void both(const Load& load, const Store& store) {
    V half[Map::out][Map::in];
#pragma GCC unroll 6
    for (std::size_t j = 0; j < Map::in; ++j) {
      V column[Map::in], mapped[Map::out];
#pragma GCC unroll 6
      for (std::size_t i = 0; i < Map::in; ++i) load(i, j, column[i]);
      Map::run(column, mapped);
#pragma GCC unroll 6
      for (std::size_t i = 0; i < Map::out; ++i) half[i][j] = mapped[i];
    }
#pragma GCC unroll 6
    for (std::size_t i = 0; i < Map::out; ++i) {
      V mapped[Map::out];
      Map::run(half[i], mapped);
#pragma GCC unroll 6
      for (std::size_t j = 0; j < Map::out; ++j) store(i, j, mapped[j]);
    }
  }
};

/// A convolution of 3 x 3 and its gradients by these maps. Of a block of tiles, point by point, all channels are
/// products of matrices: [tiles, C] [C, O] forward, [C, tiles] [tiles, O] for the gradient of the weights.
template <class T, std::size_t Register = widest_register>
class winograd_windows {
  using shape = tile<T, Register>;
  using panels = packed_panels<T, Register>;
  using vector = typename vector_of<T, Register>::type;

 public:
  constexpr explicit winograd_windows(const convolution& c) : c_(c) {}

  /// Whether it is for such a convolution.
  [[nodiscard]] static constexpr bool takes(const convolution& c) {
    return c.over.height == 3 && c.over.width == 3 && c.over.stride_height == 1 && c.over.stride_width == 1 &&
           c.over.padding_height <= 2 && c.over.padding_width <= 2 && c.in.channels >= shape::lanes &&
           c.out.channels >= shape::lanes;
  }

  /// Elements that the functions below write to on the way.
  [[nodiscard]] constexpr std::size_t scratch() const {
    const pass p = forward();
    return room(p).all;
  }

  /// See reference::convolve.
  template <class Activation>
  void convolve(const view<const T, 2>& x, const view<const T, 2>& w, const view<const T, 1>& b, Activation act,
                T* scratch, const view<T, 2>& y) const {
    const pass p = forward();
    const memory m = room(p).at(scratch);
    transposition<T, Register>::run(w.data(), w.stride(), p.to.channels, p.from.channels * 9, m.window,
                                    panels::padded(p.to.channels));
    map(p, x, m, b.empty() ? nullptr : b.data(), act, false, y);
  }

  /// See reference::convolve_input_gradient: a convolution of dy with its windows turned round.
  void input_gradient(const view<const T, 2>& dy, const view<const T, 2>& w, T* scratch, const view<T, 2>& dx) const {
    const pass p = backward();
    const memory m = room(p).at(scratch);
    const std::size_t wide = panels::padded(p.to.channels);
    for (std::size_t o = 0; o < p.from.channels; ++o)
      transposition<T, Register>::run(w.data() + o * w.stride(), 9, p.to.channels, 9, m.window + o * 9 * wide, wide);
    map(p, dy, m, nullptr, activation::identity{}, true, dx);
  }

  /// See reference::convolve_weight_gradient; without the bias.
  void weight_gradient(const view<const T, 2>& dy, const view<const T, 2>& x, T* scratch, const view<T, 2>& dw) const {
    const pass p = forward();
    const std::size_t inputs = p.from.channels;
    const std::size_t outputs = p.to.channels;
    const std::size_t wide = panels::padded(outputs);
    const memory m = room(p).at(scratch);
    std::fill_n(m.zeros, std::max(inputs, outputs), T(0));
    for_each_block(p, x.rows(), [&](std::size_t first, std::size_t count) {
      map_images(p, x, m, first, count);
      for (std::size_t t = 0; t < count; ++t) {
        const place at(p, first + t);
        std::array<const T*, 16> from;
        look(dy.data() + at.image * dy.stride(), p.to, at.row, at.column, 4, m.zeros, from);
        for_channels(outputs, [&]<class V>(std::type_identity<V>, std::size_t k) {
          using maps = winograd_maps<T, V>;
          maps::template both<typename maps::place_gradient>(
              [&](std::size_t i, std::size_t j, V& v) { load(from[i * 4 + j] + k, v); },
              [&](std::size_t i, std::size_t j, const V& v) {
                save(v, m.products + (i * 6 + j) * m.products_apart + t * wide + k);
              });
        });
      }
      for (std::size_t point = 0; point < 36; ++point) {
        T* sums = m.windows + point * m.windows_apart;
        multiply(inputs, outputs, count, strided<T>(m.images + point * m.images_apart, 1, inputs),
                 plain_panels<T, Register>(m.products + point * m.products_apart, wide, outputs, inputs),
                 destination<T>{sums, {wide}, first > 0});
      }
    });
    for (std::size_t c = 0; c < inputs; ++c) {
      for_channels(outputs, [&]<class V>(std::type_identity<V>, std::size_t o) {
        using maps = winograd_maps<T, V>;
        maps::template both<typename maps::window_gradient>(
            [&](std::size_t i, std::size_t j, V& v) {
              load(m.windows + (i * 6 + j) * m.windows_apart + c * wide + o, v);
            },
            [&](std::size_t i, std::size_t j, const V& v) { save(v, m.window + (c * 9 + i * 3 + j) * wide + o); });
      });
    }
    transposition<T, Register>::run(m.window, wide, inputs * 9, outputs, m.windows, inputs * 9);
    for (std::size_t o = 0; o < outputs; ++o) {
      T* to = dw.data() + o * dw.stride();
      const T* from = m.windows + o * inputs * 9;
      for (std::size_t k = 0; k < inputs * 9; ++k) to[k] += from[k];
    }
  }

 private:
  /// Images [from] convolved to images [to], with so many zeros above and beside.
  struct pass {
    image_shape from, to;
    std::size_t above = 0, beside = 0;
    [[nodiscard]] constexpr std::size_t down() const { return (to.height + 3) / 4; }
    [[nodiscard]] constexpr std::size_t across() const { return (to.width + 3) / 4; }
    /// Tiles of an image.
    [[nodiscard]] constexpr std::size_t tiles() const { return down() * across(); }
    /// Tiles of a block: their points stay in the second cache, and fill whole tiles of products.
    [[nodiscard]] constexpr std::size_t block() const {
      constexpr std::size_t bytes = 1U << 19U;
      const std::size_t most = bytes / (36 * (from.channels + to.channels) * sizeof(T));
      constexpr std::size_t rows = shape::rows(1);
      return std::max<std::size_t>(1, std::min(block_depth, most) / rows) * rows;
    }
  };
  [[nodiscard]] constexpr pass forward() const {
    return {c_.in, c_.out, c_.over.padding_height, c_.over.padding_width};
  }
  [[nodiscard]] constexpr pass backward() const {
    return {c_.out, c_.in, 2 - c_.over.padding_height, 2 - c_.over.padding_width};
  }

  /// What lies in the scratch; of points, the numbers of one lie so far from those of the next.
  struct memory {
    T* window;    ///< the windows [from, 9, to]
    T* windows;   ///< [36, from, to]: mapped
    T* images;    ///< [36, block, from]: mapped tiles
    T* products;  ///< [36, block, to]
    T* zeros;     ///< as many as channels
    T* result;    ///< [16, to]
    std::size_t windows_apart, images_apart, products_apart;
  };
  struct sizes {
    std::size_t window = 0, windows = 0, images = 0, products = 0, zeros = 0, result = 0;
    std::size_t all = window + 36 * (windows + images + products) + zeros + result;
    [[nodiscard]] memory at(T* p) const {
      memory m{};
      m.window = p, p += window;
      m.windows = p, p += 36 * windows;
      m.images = p, p += 36 * images;
      m.products = p, p += 36 * products;
      m.zeros = p, p += zeros;
      m.result = p;
      m.windows_apart = windows, m.images_apart = images, m.products_apart = products;
      return m;
    }
  };
  /// Points lie an odd number of the cache's lines apart, so that they do not push each other out of it.
  [[nodiscard]] static constexpr std::size_t apart(std::size_t size) {
    constexpr std::size_t line = 64 / sizeof(T);
    return ((size + line - 1) / line | 1U) * line;
  }
  /// Large enough for a pass and for the one the other way.
  [[nodiscard]] static constexpr sizes room(const pass& p) {
    const std::size_t in = panels::padded(p.from.channels);
    const std::size_t out = panels::padded(p.to.channels);
    const std::size_t most = std::max(in, out);
    return {apart(9 * in * out),    apart(in * out), apart(p.block() * in),
            apart(p.block() * out), apart(most),     apart(16 * most)};
  }

  /// A tile of the images of a result.
  struct place {
    place(const pass& p, std::size_t tile)
        : image(tile / p.tiles()), row(tile % p.tiles() / p.across() * 4), column(tile % p.across() * 4) {}
    std::size_t image, row, column;
  };

  template <class F>
  static void for_each_block(const pass& p, std::size_t images, const F& f) {
    const std::size_t all = images * p.tiles();
    for (std::size_t first = 0; first < all; first += p.block()) f(first, std::min(p.block(), all - first));
  }
  /// Calls `f(type, channel)` for as many channels at once as a vector has, and for those left one by one.
  template <class F>
  static void for_channels(std::size_t count, const F& f) {
    std::size_t k = 0;
    for (; k + shape::lanes <= count; k += shape::lanes) f(std::type_identity<vector>{}, k);
    for (; k < count; ++k) f(std::type_identity<T>{}, k);
  }
  template <class V>
  static void load(const T* from, V& v) {
    std::memcpy(&v, from, sizeof v);
  }
  template <class V>
  static void save(const V& v, T* to) {
    std::memcpy(to, &v, sizeof v);
  }

  /// Where the channels of `size` x `size` places of an image are; zeros outside.
  template <std::size_t Count>
  static void look(const T* image, const image_shape& s, std::size_t row, std::size_t column, std::size_t size,
                   const T* zeros, std::array<const T*, Count>& to) {
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        // rows before the first are very large numbers
        const bool inside = row + i < s.height && column + j < s.width;
        to[i * size + j] = inside ? image + ((row + i) * s.width + column + j) * s.channels : zeros;
      }
    }
  }

  /// Maps tiles [first, first + count).
  static void map_images(const pass& p, const view<const T, 2>& x, const memory& m, std::size_t first,
                         std::size_t count) {
    for (std::size_t t = 0; t < count; ++t) {
      const place at(p, first + t);
      std::array<const T*, 36> from;
      look(x.data() + at.image * x.stride(), p.from, at.row - p.above, at.column - p.beside, 6, m.zeros, from);
      for_channels(p.from.channels, [&]<class V>(std::type_identity<V>, std::size_t k) {
        using maps = winograd_maps<T, V>;
        maps::template both<typename maps::image>(
            [&](std::size_t i, std::size_t j, V& v) { load(from[i * 6 + j] + k, v); },
            [&](std::size_t i, std::size_t j, const V& v) {
              save(v, m.images + (i * 6 + j) * m.images_apart + t * p.from.channels + k);
            });
      });
    }
  }

  /// Maps `m.window`, turned round or not, to panels.
  static void map_windows(const pass& p, const memory& m, bool turned) {
    const std::size_t wide = panels::padded(p.to.channels);
    const std::size_t most = shape::panel_vectors(p.to.channels) * shape::lanes;
    const std::size_t depth = p.from.channels;
    for (std::size_t c = 0; c < depth; ++c) {
      for (std::size_t o = 0; o < wide; o += shape::lanes) {
        const std::size_t panel = o / most * most;
        const std::size_t width = std::min(most, wide - panel);
        T* to = m.windows + panel * depth + c * width + o - panel;
        using maps = winograd_maps<T, vector>;
        maps::template both<typename maps::window>(
            [&](std::size_t i, std::size_t j, vector& v) {
              const std::size_t tap = i * 3 + j;
              load(m.window + (c * 9 + (turned ? 8 - tap : tap)) * wide + o, v);
            },
            [&](std::size_t i, std::size_t j, const vector& v) { save(v, to + (i * 6 + j) * m.windows_apart); });
      }
    }
  }

  template <class Activation>
  static void map(const pass& p, const view<const T, 2>& x, const memory& m, const T* bias, Activation act, bool turned,
                  const view<T, 2>& y) {
    const std::size_t inputs = p.from.channels;
    const std::size_t outputs = p.to.channels;
    const std::size_t wide = panels::padded(outputs);
    for (std::size_t k = 0; k < 9 * inputs; ++k)
      std::fill(m.window + k * wide + outputs, m.window + (k + 1) * wide, T(0));
    std::fill_n(m.zeros, std::max(inputs, outputs), T(0));
    map_windows(p, m, turned);
    for_each_block(p, x.rows(), [&](std::size_t first, std::size_t count) {
      map_images(p, x, m, first, count);
      for (std::size_t point = 0; point < 36; ++point) {
        T* sums = m.products + point * m.products_apart;
        multiply(count, outputs, inputs, strided<T>(m.images + point * m.images_apart, inputs),
                 panels{m.windows + point * m.windows_apart, outputs, inputs}, destination<T>{sums, {wide}});
      }
      for (std::size_t t = 0; t < count; ++t) {
        for_channels(outputs, [&]<class V>(std::type_identity<V>, std::size_t k) {
          using maps = winograd_maps<T, V>;
          maps::template both<typename maps::places>(
              [&](std::size_t i, std::size_t j, V& v) {
                load(m.products + (i * 6 + j) * m.products_apart + t * wide + k, v);
              },
              [&](std::size_t i, std::size_t j, const V& v) { save(v, m.result + (i * 4 + j) * wide + k); });
        });
        const place at(p, first + t);
        for (std::size_t i = 0; i < 4 && at.row + i < p.to.height; ++i) {
          for (std::size_t j = 0; j < 4 && at.column + j < p.to.width; ++j) {
            T* to = y.data() + at.image * y.stride() + ((at.row + i) * p.to.width + at.column + j) * outputs;
            const T* from = m.result + (i * 4 + j) * wide;
            if (bias == nullptr) {
              for (std::size_t k = 0; k < outputs; ++k) to[k] = act.value(from[k]);
            } else {
              for (std::size_t k = 0; k < outputs; ++k) to[k] = act.value(from[k] + bias[k]);
            }
          }
        }
      }
    });
  }

  convolution c_;
};

}  // namespace detail

/// `Backend`, which is the native one or derives from it, with Winograd's convolutions where a window is 3 x 3, steps
/// by one place, and sees enough channels: a quarter of the multiplications, for errors of up to 1e-5 of the largest
/// result in float.
template <class Backend>
struct winograd : Backend {
 private:
  static constexpr auto words = [] {
    constexpr std::string_view end = " with Winograd's convolutions";
    std::array<char, Backend::name.size() + end.size()> w{};
    std::copy(end.begin(), end.end(), std::copy(Backend::name.begin(), Backend::name.end(), w.begin()));
    return w;
  }();

 public:
  static constexpr std::string_view name{words.data(), words.size()};

  template <class T>
  [[nodiscard]] static constexpr std::size_t convolution_scratch(const convolution& c) {
    const std::size_t direct = Backend::template convolution_scratch<T>(c);
    return windows<T>::takes(c) ? std::max(direct, windows<T>(c).scratch()) : direct;
  }

  template <class Activation, class T>
  void convolve(const convolution& c, const view<const T, 2>& x, const view<const T, 2>& w,
                const view<const T, 1>& packed, const view<const T, 1>& b, Activation act, const view<T, 1>& scratch,
                const view<T, 2>& y) const {
    if (!worth_it<T>(c, x.rows())) return Backend::convolve(c, x, w, packed, b, act, scratch, y);
    windows<T>(c).convolve(x, w, b, act, scratch.data(), y);
  }

  template <class T>
  void convolve_input_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& w,
                               const view<const T, 1>& packed, const view<T, 1>& scratch, const view<T, 2>& dx) const {
    if (!worth_it<T>(c, dy.rows())) return Backend::convolve_input_gradient(c, dy, w, packed, scratch, dx);
    windows<T>(c).input_gradient(dy, w, scratch.data(), dx);
  }

  template <class T>
  void convolve_weight_gradient(const convolution& c, const view<const T, 2>& dy, const view<const T, 2>& x,
                                const view<T, 1>& scratch, const view<T, 2>& dw, const view<T, 1>& db) const {
    if (!worth_it<T>(c, dy.rows())) return Backend::convolve_weight_gradient(c, dy, x, scratch, dw, db);
    windows<T>(c).weight_gradient(dy, x, scratch.data(), dw);
    Backend::add_bias_gradient(c, dy, db);
  }

 private:
  template <class T>
  using windows = detail::winograd_windows<T, Backend::vector_bytes>;

  /// Fewer places than these do not pay for mapping the windows.
  template <class T>
  static constexpr bool worth_it(const convolution& c, std::size_t images) {
    return windows<T>::takes(c) && images * c.out.area() >= 64;
  }
};

}  // namespace iqnrl::backend
