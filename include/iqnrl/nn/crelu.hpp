// The concatenated ReLU.
#pragma once

#include <cstddef>

#include <iqnrl/nn/parameters.hpp>
#include <iqnrl/nn/pass.hpp>

namespace iqnrl::nn {

namespace detail {
template <std::size_t Channels>
struct crelu_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& x, const row<T, 1>& y) const {
    for (std::size_t first = 0; first < x.size(); first += Channels) {
      const T* in = x.data() + first;
      T* out = y.data() + 2 * first;
      for (std::size_t c = 0; c < Channels; ++c) {
        out[c] = in[c] > T(0) ? in[c] : T(0);
        out[Channels + c] = in[c] < T(0) ? -in[c] : T(0);
      }
    }
  }
};
template <std::size_t Channels>
struct crelu_gradient_kernel {
  template <class T>
  void operator()(std::size_t, const row<const T, 1>& y, const row<const T, 1>& dy, const row<T, 1>& dx) const {
    for (std::size_t first = 0; first < dx.size(); first += Channels) {
      const T* out = y.data() + 2 * first;
      const T* d = dy.data() + 2 * first;
      for (std::size_t c = 0; c < Channels; ++c)
        dx[first + c] = (out[c] > T(0) ? d[c] : T(0)) - (out[Channels + c] > T(0) ? d[Channels + c] : T(0));
    }
  }
};
}  // namespace detail

/// y = [max(x, 0), max(-x, 0)] side by side (Shang et al. 2016): x [R, Size], y [R, 2 Size]. Of an image [H, W, C] with
/// Channels = C the channels double: at each place the C positive parts and then the C negative ones. The derivative at
/// 0 is 0.
template <std::size_t Size, std::size_t Channels = Size>
class crelu {
  static_assert(Size > 0 && Channels > 0 && Size % Channels == 0,
                "iqnrl[nn]: crelu<Size, Channels> needs at least one input, and as many of each channel");

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
    p.device.for_rows(x.rows(), detail::crelu_kernel<Channels>{}, x, y);
    kept.output = y;
    return y;
  }

  template <class Pass, class T = typename Pass::value_type>
  view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dy) const {
    const view<T, 2> dx = p.memory.template take<T, 2>({dy.rows(), Size});
    p.device.for_rows(dy.rows(), detail::crelu_gradient_kernel<Channels>{}, kept.output, view<const T, 2>(dy), dx);
    return dx;
  }
};

}  // namespace iqnrl::nn
