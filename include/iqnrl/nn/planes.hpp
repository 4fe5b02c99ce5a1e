// From images, place by place, to planes, channel by channel, and back.
#pragma once

#include <cstddef>

#include <iqnrl/core/image.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl::nn {

namespace detail {
/// The transpose of a row that is a matrix [Rows, Columns].
template <std::size_t Rows, std::size_t Columns>
struct transpose_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& x, const row<T, 1>& y) const {
    for (std::size_t r = 0; r < Rows; ++r) {
      for (std::size_t c = 0; c < Columns; ++c) y[c * Rows + r] = x[r * Columns + c];
    }
  }
};

/// Every sample, a matrix [Rows, Columns], transposed.
template <std::size_t Rows, std::size_t Columns>
class transposed {
 public:
  template <class T>
  struct tape {};

  void declare(parameter_table& /*table*/) {}
  template <class Pass>
  void prepare(const Pass& /*p*/) const {}

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& /*kept*/) const {
    const view<T, 2> y = p.memory.template take<T, 2>(x.shape());
    p.device.for_rows(x.rows(), transpose_kernel<Rows, Columns>{}, x, y);
    return y;
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& /*kept*/, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>(dy.shape());
    p.device.for_rows(dy.rows(), transpose_kernel<Columns, Rows>{}, view<const T, 2>(dy), dx);
    return dx;
  }
};
}  // namespace detail

/// Images [R, H W C], as layers of images read and write them, to planes [R, C H W], as published networks number the
/// features that follow their last image; and the way back.
template <image_shape Shape>
class to_planes : public detail::transposed<Shape.area(), Shape.channels> {};
template <image_shape Shape>
class from_planes : public detail::transposed<Shape.channels, Shape.area()> {};

}  // namespace iqnrl::nn
