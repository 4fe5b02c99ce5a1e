// The convolution with its activation.
#pragma once

#include <cstddef>
#include <type_traits>

#include <iqnrl/core/image.hpp>
#include <iqnrl/nn/activation.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/nn/weight.hpp>
#include <iqnrl/nn/words.hpp>

namespace iqnrl::nn {

/// y = act(w * x + b), a cross-correlation with zeros around the image: x [R, H W C], w [Out, C, kh, kw], b [Out], y
/// [R, H' W' Out] with H' = floor((H + 2 padding - kh) / stride) + 1. w, b and their parameters are those of `Weight`.
template <image_shape In, std::size_t Out, window Window, activation_function Activation = activation::identity,
          class Weight = weight::plain>
class conv2d {
  static_assert(In.size() > 0 && Out > 0, "iqnrl[nn]: a convolution has at least one input and one output channel");
  static_assert(iqnrl::detail::check_window<In, Window>());
  using weights_type = typename Weight::template bind<Out, In.channels, Window.height, Window.width>;
  static constexpr bool fits = Window.fits(In);

 public:
  static constexpr image_shape input = In;
  static constexpr image_shape output = fits ? Window.over(In, Out) : image_shape{Out, 1, 1};
  using config = typename Weight::config;

  /// What `backward` needs of a forward pass.
  template <class T>
  struct tape {
    view<const T, 2> input;
    view<const T, 2> saved;
  };

  conv2d() = default;
  explicit conv2d(const config& c) : weights_(c) {}

  void declare(parameter_table& table) {
    table.note(detail::in_words<Weight, Activation>("convolution " + detail::in_words(Window)),
               {output.channels, output.height, output.width});
    weights_.declare(table);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    weights_.prepare(p);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    kept.input = x;
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), output.size()});
    const auto convolve = [&](auto act, const view<T, 2>& to) {
      with_scratch(p, [&](const view<T, 1>& scratch) {
        p.device.convolve(shape, x, weights_.weight(p.net), weights_.packed(p.net), weights_.bias(p.net), act, scratch,
                          to);
      });
    };
    if constexpr (Activation::from_output) {
      convolve(Activation{}, y);
      kept.saved = y;
    } else {
      const view<T, 2> z = p.memory.template take<T, 2>(y.shape());
      convolve(activation::identity{}, z);
      p.device.activate(view<const T, 2>(z), Activation{}, y);
      kept.saved = z;
    }
    return y;
  }

  /// Adds the parameter gradients; `dy` [R, H' W' Out] is overwritten. Returns dx [R, H W C].
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    backward_parameters(p, kept, dy);
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), In.size()});
    with_scratch(p, [&](const view<T, 1>& scratch) {
      p.device.convolve_input_gradient(shape, view<const T, 2>(dy), weights_.weight(p.net), weights_.packed(p.net),
                                       scratch, dx);
    });
    return dx;
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    if constexpr (!std::is_same_v<Activation, activation::identity>) {
      p.device.activation_gradient(kept.saved, Activation{}, dy);
    }
    with_scratch(p, [&](const view<T, 1>& scratch) {
      p.device.convolve_weight_gradient(shape, view<const T, 2>(dy), kept.input, scratch,
                                        weights_.weight_gradient(p.gradients), weights_.bias_gradient(p.gradients));
    });
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(weights_);
  }

  /// Where the weights come from.
  [[nodiscard]] const weights_type& weights() const { return weights_; }

 private:
  static constexpr convolution shape{In, output, Window};

  template <class Pass, class F, class T = typename Pass::value_type>
  static void with_scratch(Pass& p, const F& f) {
    const std::size_t before = p.memory.used();
    f(p.memory.template take<T, 1>({p.device.template convolution_scratch<T>(shape)}));
    p.memory.release(before);
  }

  weights_type weights_;
};

}  // namespace iqnrl::nn
