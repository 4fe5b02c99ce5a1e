// Pools: the largest element or the mean of every window's place, or of every bin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include <iqnrl/core/image.hpp>
#include <iqnrl/nn/convolution.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/nn/words.hpp>

namespace iqnrl::nn {

namespace detail {

/// What pools have in common: they have no parameters.
template <pooling Shape>
class pool_base {
 public:
  static constexpr image_shape input = Shape.in;
  static constexpr image_shape output = Shape.out;

  template <class Pass>
  void prepare(const Pass& /*p*/) const {}

 protected:
  static void note(parameter_table& table, std::string_view what) {
    constexpr image_shape out = Shape.out;
    table.note(Shape.adaptive ? fmt::format("{}, {}x{} bins", what, out.height, out.width)
                              : fmt::format("{} {}", what, in_words(Shape.over)),
               {out.channels, out.height, out.width});
  }
};

/// The largest element of each bin; its gradient goes to the first such element.
template <pooling Shape>
class largest : public pool_base<Shape> {
 public:
  template <class T>
  struct tape {
    view<const std::int32_t, 2> winner;
  };

  void declare(parameter_table& table) { this->note(table, "max pool"); }

  /// x [R, H W C] -> [R, H' W' C].
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), Shape.out.size()});
    const view<std::int32_t, 2> winner = p.memory.template take<std::int32_t, 2>(y.shape());
    p.device.max_pool(Shape, x, y, winner);
    kept.winner = winner;
    return y;
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), Shape.in.size()});
    p.device.max_pool_gradient(Shape, view<const T, 2>(dy), kept.winner, dx);
    return dx;
  }
};

/// The mean of each bin.
template <pooling Shape>
class mean : public pool_base<Shape> {
 public:
  template <class T>
  struct tape {};

  void declare(parameter_table& table) { this->note(table, "average pool"); }

  /// x [R, H W C] -> [R, H' W' C].
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& /*kept*/) const {
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), Shape.out.size()});
    p.device.average_pool(Shape, x, y);
    return y;
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& /*kept*/, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), Shape.in.size()});
    p.device.average_pool_gradient(Shape, view<const T, 2>(dy), dx);
    return dx;
  }
};

/// A sliding window over an image. Every place must see a part of the image, since padding is no element.
template <image_shape In, window Window>
consteval pooling slide() {
  static_assert(iqnrl::detail::check_window<In, Window>());
  static_assert(Window.padding_height < Window.height && Window.padding_width < Window.width,
                "iqnrl[nn]: a pool's padding must be smaller than its window, or the window sees no element of the "
                "image; the shapes of both are named beside this sentence  -> docs/encoder.md");
  if constexpr (Window.fits(In)) {
    return {In, Window.over(In, In.channels), Window, false};
  } else {
    return {In, In, {}, true};
  }
}

/// Bins over an image.
template <image_shape In, std::size_t Height, std::size_t Width>
consteval pooling divide() {
  static_assert(Height > 0 && Width > 0, "iqnrl[nn]: an adaptive pool has at least one row and one column of bins");
  return {In, {In.channels, Height, Width}, {}, true};
}

template <image_shape In, window Window>
inline constexpr pooling sliding = slide<In, Window>();
template <image_shape In, std::size_t Height, std::size_t Width>
inline constexpr pooling bins = divide<In, Height, Width>();

}  // namespace detail

/// The largest element of each place of a window; padding counts as minus infinity.
template <image_shape In, window Window>
class max_pool : public detail::largest<detail::sliding<In, Window>> {};

/// The largest element, or the mean, of each of Height x Width bins that cover the image: see `pooling`.
template <image_shape In, std::size_t Height, std::size_t Width = Height>
class adaptive_max_pool : public detail::largest<detail::bins<In, Height, Width>> {};
template <image_shape In, std::size_t Height, std::size_t Width = Height>
class adaptive_average_pool : public detail::mean<detail::bins<In, Height, Width>> {};

/// One number a channel: its mean.
template <image_shape In>
using global_average_pool = adaptive_average_pool<In, 1, 1>;

}  // namespace iqnrl::nn
