// Affine layers one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

#include <iqnrl/nn/dense.hpp>

namespace iqnrl::nn {

/// Hidden layers In -> Widths… of one kind (an activation, or nn::dense); the input itself where there are none.
/// Parameters: `fc0`, `fc1`, ….
template <class KindOrActivation, std::size_t In, std::size_t... Widths>
class stack {
  using kind = dense_kind<KindOrActivation>;
  static constexpr std::size_t depth = sizeof...(Widths);
  static constexpr std::array<std::size_t, depth + 1> sizes{In, Widths...};
  static_assert(depth <= 8, "iqnrl[nn]: a stack has at most 8 layers");

  template <class Indices>
  struct layers_of;
  template <std::size_t... I>
  struct layers_of<std::index_sequence<I...>> {
    using type = std::tuple<hidden<sizes[I], sizes[I + 1], kind>...>;
    static type make([[maybe_unused]] const typename kind::weight_type::config& c) {
      return type(hidden<sizes[I], sizes[I + 1], kind>(c)...);
    }
    template <class T>
    using tape = std::tuple<typename hidden<sizes[I], sizes[I + 1], kind>::template tape<T>...>;
  };
  using built = layers_of<std::make_index_sequence<depth>>;

 public:
  static constexpr std::size_t outputs = sizes[depth];

  template <class T>
  using tape = typename built::template tape<T>;
  using config = typename kind::weight_type::config;

  stack() = default;
  explicit stack(const config& c) : layers_(built::make(c)) {}

  void declare(parameter_table& table) {
    constexpr std::array<std::string_view, 8> names{"fc0", "fc1", "fc2", "fc3", "fc4", "fc5", "fc6", "fc7"};
    std::size_t i = 0;
    std::apply([&](auto&... layer) { (table.scope(names[i++], layer), ...); }, layers_);
  }

  template <class Pass>
  void prepare(const Pass& p) const {
    std::apply([&](const auto&... layer) { (layer.prepare(p), ...); }, layers_);
  }

  /// See pass.hpp.
  template <class F>
  void children(const F& f) const {
    std::apply([&](const auto&... layer) { (f(layer), ...); }, layers_);
  }

  /// x [R, In] -> [R, outputs].
  template <class Pass, class T = typename Pass::value_type>
  view<const T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    view<const T, 2> y = x;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((y = std::get<I>(layers_).forward(p, y, std::get<I>(kept))), ...);
    }
    (std::make_index_sequence<depth>{});
    return y;
  }

  /// Adds the parameter gradients; `dy` [R, outputs] is overwritten. Returns dx [R, In].
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    view<T, 2> d = dy;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((d = std::get<depth - 1 - I>(layers_).backward(p, std::get<depth - 1 - I>(kept), d)), ...);
    }
    (std::make_index_sequence<depth>{});
    return d;
  }

  /// The same where the input needs no gradient.
  template <class Pass, class T = typename Pass::value_type>
  void backward_parameters(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    if constexpr (depth > 0) {
      view<T, 2> d = dy;
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((d = std::get<depth - 1 - I>(layers_).backward(p, std::get<depth - 1 - I>(kept), d)), ...);
      }
      (std::make_index_sequence<depth - 1>{});
      std::get<0>(layers_).backward_parameters(p, std::get<0>(kept), d);
    }
  }

 private:
  typename built::type layers_;
};

}  // namespace iqnrl::nn
