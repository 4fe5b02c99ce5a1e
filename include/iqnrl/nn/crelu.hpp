// The concatenated ReLU.
#pragma once

#include <cstddef>

#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl::nn {

namespace detail {
struct crelu_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& x, const row<T, 1>& y) const {
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = x[i] > T(0) ? x[i] : T(0);
      y[x.size() + i] = x[i] < T(0) ? -x[i] : T(0);
    }
  }
};
struct crelu_gradient_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& y, const row<const T, 1>& dy, const row<T, 1>& dx) const {
    for (std::size_t i = 0; i < dx.size(); ++i) {
      dx[i] = (y[i] > T(0) ? dy[i] : T(0)) - (y[dx.size() + i] > T(0) ? dy[dx.size() + i] : T(0));
    }
  }
};
}  // namespace detail

/// y = [max(x, 0), max(-x, 0)] side by side (Shang et al. 2016): x [R, Size], y [R, 2 Size]; of an image the channels
/// double. The derivative at 0 is 0.
template <std::size_t Size>
class crelu {
  static_assert(Size > 0, "iqnrl[nn]: crelu<Size> needs at least one input");

 public:
  static constexpr std::size_t outputs = 2 * Size;

  /// What `backward` needs of a forward pass.
  template <class T>
  struct tape {
    view<const T, 2> output;
  };

  void declare(parameter_table& /*table*/) {}
  template <class Pass>
  void prepare(const Pass& /*p*/) const {}

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> forward(Pass& p, const view<const T, 2>& x, tape<T>& kept) const {
    const view<T, 2> y = p.memory.template take<T, 2>({x.rows(), outputs});
    p.device.for_rows(x.rows(), detail::crelu_kernel{}, x, y);
    kept.output = y;
    return y;
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), Size});
    p.device.for_rows(dy.rows(), detail::crelu_gradient_kernel{}, kept.output, view<const T, 2>(dy), dx);
    return dx;
  }
};

}  // namespace iqnrl::nn
