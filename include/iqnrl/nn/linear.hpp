// The affine layer with its activation.
#pragma once

#include <cmath>
#include <cstddef>

#include <iqnrl/nn/activation.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl::nn {

/// y = act(x W^T + b): x [R, In], W [Out, In], b [Out], y [R, Out]. Weights and biases start as U(-1/sqrt(In),
/// 1/sqrt(In)). Parameters: `weight`, and `bias` unless `Bias` is false.
template <std::size_t In, std::size_t Out, activation_function Activation = activation::identity, bool Bias = true>
class linear {
  static_assert(In > 0 && Out > 0, "iqnrl[nn]: a linear layer has at least one input and one output");

 public:
  static constexpr std::size_t inputs = In;
  static constexpr std::size_t outputs = Out;

  /// What `backward` needs of a forward pass.
  template <class T>
  struct tape {
    view<const T, 2> input;
    view<const T, 2> saved;
  };

  void declare(parameter_table& table) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(In));
    table.add(weight_, "weight", initial::uniform(bound));
    if constexpr (Bias) table.add(bias_, "bias", initial::uniform(bound));
    table.add_packed(packed_, Out, In);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    using T = typename Pass::value_type;
    if (packed_.size() > 0) p.device.pack(weight_.in(p.parameters), view<T, 1>(packed_.in(p.prepared)));
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    kept.input = x;
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), Out});
    const auto weight = weight_.in(p.net.parameters);
    const auto packed = packed_.in(p.net.prepared);
    if constexpr (Activation::from_output) {
      p.device.affine(x, weight, packed, bias(p), Activation{}, y);
      kept.saved = y;
    } else {
      const view<T, 2> z = p.memory.template take<T, 2>({x.rows(), Out});
      p.device.affine(x, weight, packed, bias(p), activation::identity{}, z);
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
    p.device.affine_input_gradient(view<const T, 2>(dy), weight_.in(p.net.parameters), packed_.in(p.net.prepared), dx);
    return dx;
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    if constexpr (!std::is_same_v<Activation, activation::identity>) {
      p.device.activation_gradient(kept.saved, Activation{}, dy);
    }
    view<T, 1> db;
    if constexpr (Bias) db = bias_.in(p.gradients);
    p.device.affine_weight_gradient(view<const T, 2>(dy), kept.input, weight_.in(p.gradients), db);
  }

 private:
  template <class Pass, class T = typename Pass::value_type>
  view<const T, 1> bias(const Pass& p) const {
    if constexpr (Bias) {
      return bias_.in(p.net.parameters);
    } else {
      return {};
    }
  }

  parameter<Out, In> weight_;
  parameter<Out> bias_;
  prepared packed_;
};

}  // namespace iqnrl::nn
