// Residual blocks: of convolutions (IMPALA) and of fully connected layers.
#pragma once

#include <cstddef>

#include <iqnrl/nn/convolution.hpp>
#include <iqnrl/nn/layer_norm.hpp>
#include <iqnrl/nn/linear.hpp>

namespace iqnrl::nn {

namespace detail {
/// into += x.
template <class Pass, class T = typename Pass::value_type>
void add_to(const Pass& p, const view<const T, 2>& x, const view<T, 2>& into) {
  p.device.add(x.template reshape<1>({x.size()}), into.template reshape<1>({into.size()}));
}
}  // namespace detail

/// The residual block of IMPALA (Espeholt et al. 2018): y = x + conv1(relu(conv0(relu(x)))), 3x3 with padding 1: x, y
/// [R, H W C]. `Weight` is that of both convolutions. Parameters: `conv0.…`, `conv1.…`.
template <image_shape Shape, class Weight = weight::plain>
class residual_block {
  static constexpr window around = window::square(3, 1, 1);
  using inner = conv2d<Shape, Shape.channels, around, activation::relu, Weight>;
  using outer = conv2d<Shape, Shape.channels, around, activation::identity, Weight>;

 public:
  static constexpr image_shape output = Shape;

  template <class T>
  struct tape {
    view<const T, 2> positive;
    typename inner::template tape<T> conv0;
    typename outer::template tape<T> conv1;
  };

  void declare(parameter_table& table) {
    table.scope("conv0", conv0_);
    table.scope("conv1", conv1_);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    conv0_.prepare(p);
    conv1_.prepare(p);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<T, 2> positive = p.memory.template take<T, 2>(x.shape());
    p.device.activate(x, activation::relu{}, positive);
    kept.positive = positive;
    const view<const T, 2> h = conv0_.forward(p, view<const T, 2>(positive), kept.conv0);
    const view<T, 2> y = conv1_.forward(p, h, kept.conv1);
    detail::add_to(p, x, y);
    return y;
  }

  /// Adds the parameter gradients. Returns dx.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dx = conv0_.backward(p, kept.conv0, conv1_.backward(p, kept.conv1, dy));
    p.device.activation_gradient(kept.positive, activation::relu{}, dx);
    detail::add_to(p, view<const T, 2>(dy), dx);
    return dx;
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(conv0_);
    f(conv1_);
  }

  [[nodiscard]] const inner& first() const { return conv0_; }
  [[nodiscard]] const outer& second() const { return conv1_; }

 private:
  inner conv0_;
  outer conv1_;
};

/// The residual block of fully connected networks (SimBa, Lee et al. 2024): y = x + W1 act(W0 norm(x) + b0) + b1 with a
/// layer norm: x, y [R, Width], W0 [Hidden, Width]. Parameters: `norm.…`, `fc0.…`, `fc1.…`.
template <std::size_t Width, std::size_t Hidden = 4 * Width, activation_function Activation = activation::relu>
class residual_mlp {
  using norm_type = layer_norm<Width>;
  using inner = linear<Width, Hidden, Activation>;
  using outer = linear<Hidden, Width>;

 public:
  static constexpr std::size_t outputs = Width;

  template <class T>
  struct tape {
    typename norm_type::template tape<T> norm;
    typename inner::template tape<T> fc0;
    typename outer::template tape<T> fc1;
  };

  void declare(parameter_table& table) {
    table.scope("norm", norm_);
    table.scope("fc0", fc0_);
    table.scope("fc1", fc1_);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    fc0_.prepare(p);
    fc1_.prepare(p);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<const T, 2> n = norm_.forward(p, x, kept.norm);
    const view<const T, 2> h = fc0_.forward(p, n, kept.fc0);
    const view<T, 2> y = fc1_.forward(p, h, kept.fc1);
    detail::add_to(p, x, y);
    return y;
  }

  /// Adds the parameter gradients. Returns dx.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dn = fc0_.backward(p, kept.fc0, fc1_.backward(p, kept.fc1, dy));
    const view<T, 2> dx = norm_.backward(p, kept.norm, dn);
    detail::add_to(p, view<const T, 2>(dy), dx);
    return dx;
  }

 private:
  norm_type norm_;
  inner fc0_;
  outer fc1_;
};

}  // namespace iqnrl::nn
