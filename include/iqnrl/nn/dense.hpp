// How the fully connected layers of a network are built: their activation, their weights, and whether they normalise.
#pragma once

#include <cstddef>
#include <type_traits>

#include <iqnrl/nn/activation.hpp>
#include <iqnrl/nn/layer_norm.hpp>
#include <iqnrl/nn/linear.hpp>

namespace iqnrl::nn {

/// Hidden layers of this kind are act(W x + b), or act(norm(W x + b)) with a layer norm; output layers W x + b. W and b
/// are those of `Weight` (nn::weight::plain, unbiased, noisy or spectral), in output layers of `Output`.
template <activation_function Activation = activation::relu, class Weight = weight::plain, bool Norm = false,
          class Output = Weight>
struct dense {
  using activation_type = Activation;
  using weight_type = Weight;
  using output_type = Output;
  static constexpr bool norm = Norm;
};

/// BTR's layers: factorised noise, ReLU.
using noisy_dense = dense<activation::relu, weight::noisy>;

namespace detail {
template <class Kind>
struct dense_of : std::type_identity<Kind> {};
template <activation_function Activation>
struct dense_of<Activation> : std::type_identity<dense<Activation>> {};
}  // namespace detail

/// A kind of layers, named by itself or, where everything else is plain, by its activation.
template <class KindOrActivation>
using dense_kind = typename detail::dense_of<KindOrActivation>::type;

/// One hidden layer of a kind: x [R, In] -> [R, Out]. Parameters: those of the weights, and `norm.…` where it
/// normalises.
template <std::size_t In, std::size_t Out, class Kind, bool Norm = Kind::norm>
class hidden : public linear<In, Out, typename Kind::activation_type, typename Kind::weight_type> {
 public:
  using linear<In, Out, typename Kind::activation_type, typename Kind::weight_type>::linear;
};

template <std::size_t In, std::size_t Out, class Kind>
class hidden<In, Out, Kind, true> {
  using affine_type = linear<In, Out, activation::identity, typename Kind::weight_type>;
  using norm_type = layer_norm<Out>;
  using activation_type = typename Kind::activation_type;

 public:
  using config = typename affine_type::config;

  template <class T>
  struct tape {
    typename affine_type::template tape<T> affine;
    typename norm_type::template tape<T> norm;
    view<const T, 2> saved;
  };

  hidden() = default;
  explicit hidden(const config& c) : affine_(c) {}

  void declare(parameter_table& table) {
    affine_.declare(table);
    table.scope("norm", norm_);
    table.append_note(detail::in_words<weight::plain, activation_type>(""));
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    affine_.prepare(p);
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    f(affine_);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<const T, 2> z = affine_.forward(p, x, kept.affine);
    const view<const T, 2> n = norm_.forward(p, z, kept.norm);
    const view<T, 2> y = p.memory.template take<T, 2>(n.shape());
    p.device.activate(n, activation_type{}, y);
    kept.saved = activation_type::from_output ? view<const T, 2>(y) : n;
    return y;
  }

  /// Adds the parameter gradients; `dy` is overwritten. Returns dx.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    return affine_.backward(p, kept.affine, normal_gradient(p, kept, dy));
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    affine_.backward_parameters(p, kept.affine, normal_gradient(p, kept, dy));
  }

 private:
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> normal_gradient(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    p.device.activation_gradient(kept.saved, activation_type{}, dy);
    return norm_.backward(p, kept.norm, dy);
  }

  affine_type affine_;
  norm_type norm_;
};

}  // namespace iqnrl::nn
