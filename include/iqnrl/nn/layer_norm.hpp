// Layer normalisation.
#pragma once

#include <cstddef>

#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl::nn {

/// Layer normalisation (Ba et al. 2016): y = (x - mean) / sqrt(variance + 1e-5) * w + b over each sample's Extents…
/// elements, with the biased variance. x, y [R, product], w and b [Extents…]; w starts as 1, b as 0. Parameters:
/// `weight`, `bias`.
template <std::size_t... Extents>
class layer_norm {
  static_assert(sizeof...(Extents) > 0 && ((Extents > 0) && ...), "iqnrl[nn]: layer_norm<...> needs its extents");

 public:
  static constexpr std::size_t size = (Extents * ... * 1);
  static constexpr double epsilon = 1e-5;

  /// What `backward` needs of a forward pass.
  template <class T>
  struct tape {
    view<const T, 2> normal;
    view<const T, 1> scale;
  };

  void declare(parameter_table& table) {
    table.note("layer norm", {Extents...});
    table.add(weight_, "weight", initial::constant(1));
    table.add(bias_, "bias", initial::constant(0));
  }

  template <class Pass>
  void prepare(const Pass& /*p*/) const {}

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<T, 2> y = p.memory.template take<T, 2>(x.shape());
    const view<T, 2> normal = p.memory.template take<T, 2>(x.shape());
    const view<T, 1> scale = p.memory.template take<T, 1>({x.rows()});
    p.device.normalise(x, flat(weight_.in(p.net.parameters)), flat(bias_.in(p.net.parameters)), static_cast<T>(epsilon),
                       y, normal, scale);
    kept.normal = normal;
    kept.scale = scale;
    return y;
  }

  /// Adds the parameter gradients. Returns dx.
  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>(dy.shape());
    p.device.normalise_gradient(view<const T, 2>(dy), kept.normal, kept.scale, flat(weight_.in(p.net.parameters)), dx,
                                flat(weight_.in(p.gradients)), flat(bias_.in(p.gradients)));
    return dx;
  }

 private:
  template <class T, std::size_t Rank>
  static view<T, 1> flat(const view<T, Rank>& v) {
    return v.template reshape<1>({size});
  }

  parameter<Extents...> weight_;
  parameter<Extents...> bias_;
};

}  // namespace iqnrl::nn
