// Fully connected layers over everything that the world shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/nn/stack.hpp>

namespace iqnrl::encoder {

/// The input parts of an observation, flattened and put side by side, then fully connected layers with one activation:
/// features = act(W_n … act(W_0 x + b_0) … + b_n). uint8 parts enter as x / 255, everything else as it is.
/// Parameters: `fc0.weight` [Widths_0, input_size], `fc0.bias`, `fc1.weight`, ….
template <activation_function Activation, std::size_t... Widths>
struct mlp_with {
  static_assert(sizeof...(Widths) > 0, "iqnrl[encoder]: mlp<...> needs the width of at least one layer");
  static_assert(sizeof...(Widths) <= 8, "iqnrl[encoder]: mlp<...> has at most 8 layers");
  static_assert(((Widths > 0) && ...), "iqnrl[encoder]: every layer of mlp<...> needs at least one output");
  using axis = iqnrl::axis::encoder;
  struct config {};

  template <class Observation>
  class bind {
    static_assert(Observation::input_size > 0,
                  "iqnrl[encoder]: mlp reads the input parts of the observation and this one has none");
    using layers = nn::stack<Activation, Observation::input_size, Widths...>;

   public:
    static constexpr std::size_t features = layers::outputs;
    template <class T>
    using tape = typename layers::template tape<T>;

    explicit bind(const config&) {}

    void declare(parameter_table& table) { layers_.declare(table); }

    template <class Pass>
    void prepare(const Pass& p) const {
      layers_.prepare(p);
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(layers_);
    }

    /// Features [B, features] of a batch of observations.
    template <class Pass, class T = typename Pass::value_type>
    view<const T, 2> forward(Pass& p, const observation_views<Observation>& x, tape<T>& kept) const {
      const view<T, 2> input = p.memory.template take<T, 2>({std::get<0>(x).rows(), Observation::input_size});
      std::size_t column = 0;
      for_each_part<Observation>([&](auto i) {
        using part_type = typename Observation::template part_at<i>;
        if constexpr (part_type::purpose == role::input) {
          const T scale = std::is_same_v<typename part_type::value_type, std::uint8_t> ? T(1) / T(255) : T(1);
          p.device.cast(std::get<i>(x), scale, input.columns(column, part_type::size));
          column += part_type::size;
        }
      });
      return layers_.forward(p, view<const T, 2>(input), kept);
    }

    /// Adds the parameter gradients; `dfeatures` [B, features] is overwritten.
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass& p, const tape<T>& kept, const view<T, 2>& dfeatures) const {
      layers_.backward_parameters(p, kept, dfeatures);
    }

   private:
    layers layers_;
  };
};

/// Fully connected layers of these widths with ReLU.
template <std::size_t... Widths>
using mlp = mlp_with<activation::relu, Widths...>;

}  // namespace iqnrl::encoder
