// The plain head: fully connected layers to one number an action (and quantile).
#pragma once

#include <cstddef>
#include <type_traits>

#include <iqnrl/contract/head.hpp>
#include <iqnrl/nn/stack.hpp>

namespace iqnrl::head {

/// q = W act(… h …) + b for every action of every slot, at once for every quantile where the grid is fixed and the
/// features are not conditioned. All layers are of one kind: an activation, or nn::dense (noisy, normalised); config is
/// that of its weights, and of the output layer's where those are alike. Parameters: `fc0.…` of each hidden layer,
/// `out.weight` [Quantiles Slots Actions, width], `out.bias`.
template <class KindOrActivation, std::size_t... Hidden>
struct plain_with {
  static_assert(sizeof...(Hidden) <= 8, "iqnrl[head]: plain<...> has at most 8 hidden layers");
  static_assert(((Hidden > 0) && ...), "iqnrl[head]: every hidden layer of plain<...> needs at least one output");
  using axis = iqnrl::axis::head;
  using kind = nn::dense_kind<KindOrActivation>;
  using config = typename kind::weight_type::config;

  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  class bind {
    using hidden = nn::stack<KindOrActivation, Features, Hidden...>;
    using output_type = typename kind::output_type;
    using output = nn::linear<hidden::outputs, Quantiles * Slots * Actions, activation::identity, output_type>;

   public:
    template <class T>
    struct tape {
      typename hidden::template tape<T> hidden_layers;
      typename output::template tape<T> out;
    };

    explicit bind(const config& c) : hidden_(c), out_(of_output(c)) {}

    void declare(parameter_table& table) {
      hidden_.declare(table);
      table.scope("out", out_);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      hidden_.prepare(p);
      out_.prepare(p);
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(hidden_);
      f(out_);
    }

    /// h [R, Features] -> q [R, Quantiles Slots Actions].
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const view<const T, 2>& h, tape<T>& kept) const {
      return out_.forward(p, hidden_.forward(p, h, kept.hidden_layers), kept.out);
    }

    /// Adds the parameter gradients; `dq` is overwritten. Returns dh [R, Features].
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dq) const {
      return hidden_.backward(p, kept.hidden_layers, out_.backward(p, kept.out, dq));
    }

   private:
    static typename output_type::config of_output([[maybe_unused]] const config& c) {
      if constexpr (std::is_same_v<typename output_type::config, config>) {
        return c;
      } else {
        return {};
      }
    }

    hidden hidden_;
    output out_;
  };
};

/// A plain head with hidden layers of these widths and ReLU; `plain<>` is one affine layer.
template <std::size_t... Hidden>
using plain = plain_with<activation::relu, Hidden...>;

}  // namespace iqnrl::head
