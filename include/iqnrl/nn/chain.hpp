// Layers of any kind one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <iqnrl/core/observation.hpp>
#include <iqnrl/nn/activation.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>
#include <iqnrl/nn/words.hpp>

namespace iqnrl::nn {

/// An activation as a layer of its own.
template <activation_function Activation>
class elementwise {
 public:
  template <class T>
  struct tape {
    view<const T, 2> saved;
  };

  void declare(parameter_table& table) { table.note(std::string(detail::name_of<Activation>()), {}); }
  template <class Pass>
  void prepare(const Pass& /*p*/) const {}

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<T, 2> y = p.memory.template take<T, 2>(x.shape());
    p.device.activate(x, Activation{}, y);
    kept.saved = Activation::from_output ? view<const T, 2>(y) : x;
    return y;
  }

  /// `dy` is overwritten and returned.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    p.device.activation_gradient(kept.saved, Activation{}, dy);
    return dy;
  }
};

/// A layer and the name under which a chain declares its parameters.
template <fixed_string Name, class Layer>
struct named {
  static constexpr std::string_view name = Name.view();
  using layer_type = Layer;
};

/// Layers in a row, each reading what the one before gives.
template <class... Named>
class chain {
  static_assert(sizeof...(Named) > 0, "iqnrl[nn]: a chain has at least one layer");
  static constexpr std::size_t depth = sizeof...(Named);

 public:
  template <class T>
  using tape = std::tuple<typename Named::layer_type::template tape<T>...>;

  void declare(parameter_table& table) {
    std::apply([&](auto&... layer) { (table.scope(Named::name, layer), ...); }, layers_);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    children([&](const auto& layer) { layer.prepare(p); });
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    std::apply([&](const auto&... layer) { (f(layer), ...); }, layers_);
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    view<const T, 2> in = x;
    view<T, 2> y;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((y = std::get<I>(layers_).forward(p, in, std::get<I>(kept)), in = y), ...);
    }
    (std::make_index_sequence<depth>{});
    return y;
  }

  /// Adds the parameter gradients; `dy` is overwritten. Returns dx.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    return back<0>(p, kept, dy);
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> d = back<1>(p, kept, dy);
    if constexpr (requires { std::get<0>(layers_).backward_parameters(p, std::get<0>(kept), d); }) {
      std::get<0>(layers_).backward_parameters(p, std::get<0>(kept), d);
    } else {
      (void)std::get<0>(layers_).backward(p, std::get<0>(kept), d);
    }
  }

  template <std::size_t I>
  [[nodiscard]] const auto& layer() const {
    return std::get<I>(layers_);
  }

 private:
  /// Backwards through all layers from the last to number `First`.
  template <std::size_t First, class Pass, class T = typename Pass::value_type>
  view<T, 2> back(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    view<T, 2> d = dy;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((d = std::get<depth - 1 - I>(layers_).backward(p, std::get<depth - 1 - I>(kept), d)), ...);
    }
    (std::make_index_sequence<depth - First>{});
    return d;
  }

  std::tuple<typename Named::layer_type...> layers_;
};

}  // namespace iqnrl::nn
