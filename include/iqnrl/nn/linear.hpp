// The affine layer with its activation.
#pragma once

#include <cstddef>
#include <type_traits>

#include <fmt/format.h>

#include <iqnrl/nn/activation.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/nn/weight.hpp>
#include <iqnrl/nn/words.hpp>

namespace iqnrl::nn {

/// y = act(x W^T + b): x [R, In], W [Out, In], b [Out], y [R, Out]. W, b and their parameters are those of `Weight`:
/// nn::weight::plain, unbiased, noisy or spectral.
template <std::size_t In, std::size_t Out, activation_function Activation = activation::identity,
          class Weight = weight::plain>
class linear {
  static_assert(In > 0 && Out > 0, "iqnrl[nn]: a linear layer has at least one input and one output");
  using weights_type = typename Weight::template bind<Out, In>;

 public:
  static constexpr std::size_t inputs = In;
  static constexpr std::size_t outputs = Out;
  using config = typename Weight::config;

  /// What `backward` needs of a forward pass.
  template <class T>
  struct tape {
    view<const T, 2> input;
    view<const T, 2> saved;
  };

  linear() = default;
  explicit linear(const config& c) : weights_(c) {}

  void declare(parameter_table& table) {
    table.note(detail::in_words<Weight, Activation>(fmt::format("linear {} -> {}", In, Out)), {Out});
    weights_.declare(table);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    weights_.prepare(p);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    kept.input = x;
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), Out});
    const auto product = [&](auto act, const view<T, 2>& to) {
      p.device.affine(x, weights_.weight(p.net), weights_.packed(p.net), weights_.bias(p.net), act, to);
    };
    if constexpr (Activation::from_output) {
      product(Activation{}, y);
      kept.saved = y;
    } else {
      const view<T, 2> z = p.memory.template take<T, 2>({x.rows(), Out});
      product(activation::identity{}, z);
      p.device.activate(view<const T, 2>(z), Activation{}, y);
      kept.saved = z;
    }
    return y;
  }

  /// Adds the parameter gradients; `dy` [R, Out] is overwritten. Returns dx [R, In].
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    backward_parameters(p, kept, dy);
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), In});
    p.device.affine_input_gradient(view<const T, 2>(dy), weights_.weight(p.net), weights_.packed(p.net), dx);
    return dx;
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    if constexpr (!std::is_same_v<Activation, activation::identity>) {
      p.device.activation_gradient(kept.saved, Activation{}, dy);
    }
    p.device.affine_weight_gradient(view<const T, 2>(dy), kept.input, weights_.weight_gradient(p.gradients),
                                    weights_.bias_gradient(p.gradients));
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(weights_);
  }

 private:
  weights_type weights_;
};

}  // namespace iqnrl::nn
