// Fully connected layers over everything that the world shows.
#pragma once

#include <cstddef>

#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/encoder/number_input.hpp>
#include <iqnrl/nn/stack.hpp>

namespace iqnrl::encoder {

/// The input parts of an observation, flattened and put side by side, then fully connected layers of one kind (an
/// activation, or nn::dense): features = act(W_n … act(W_0 x + b_0) … + b_n). uint8 parts enter as x / 255, the others
/// as encoder/number_input.hpp says. Parameters: `fc0.weight` [Widths_0, input_size], `fc0.bias`, `fc1.weight`, ….
template <class KindOrActivation, std::size_t... Widths>
struct mlp_with {
  static_assert(sizeof...(Widths) > 0, "iqnrl[encoder]: mlp<...> needs the width of at least one layer");
  static_assert(sizeof...(Widths) <= 8, "iqnrl[encoder]: mlp<...> has at most 8 layers");
  static_assert(((Widths > 0) && ...), "iqnrl[encoder]: every layer of mlp<...> needs at least one output");
  using axis = iqnrl::axis::encoder;
  using config = typename nn::dense_kind<KindOrActivation>::weight_type::config;

  template <class Observation>
  class bind {
    static_assert(Observation::input_size > 0,
                  "iqnrl[encoder]: mlp reads the input parts of the observation and this one has none");
    using input_type = detail::number_input<Observation>;
    using layers = nn::stack<KindOrActivation, Observation::input_size, Widths...>;

   public:
    static constexpr std::size_t features = layers::outputs;
    template <class T>
    struct tape {
      view<const T, 2> input;
      typename layers::template tape<T> hidden;
    };

    explicit bind(const config& c) : layers_(c) {}

    void declare(parameter_table& table) {
      input_.declare(table);
      layers_.declare(table);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      layers_.prepare(p);
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(input_);
      f(layers_);
    }

    /// Features [B, features] of a batch of observations.
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
      kept.input = input_.read(p, x);
      return layers_.forward(p, kept.input, kept.hidden);
    }

    /// Adds the parameter gradients; `dfeatures` [B, features] is overwritten.
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass& p, const tape<T>& kept, const view<T, 2>& dfeatures) const {
      input_.measure(p, kept.input);
      layers_.backward_parameters(p, kept.hidden, dfeatures);
    }

   private:
    input_type input_;
    layers layers_;
  };
};

/// Fully connected layers of these widths with ReLU.
template <std::size_t... Widths>
using mlp = mlp_with<activation::relu, Widths...>;

}  // namespace iqnrl::encoder
