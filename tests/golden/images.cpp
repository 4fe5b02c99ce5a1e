// Convolutions and pools.
#include <cstddef>
#include <type_traits>

#include <golden/layer_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/nn/convolution.hpp>
#include <iqnrl/nn/pool.hpp>
#include <iqnrl/nn/residual.hpp>

namespace golden {

namespace {

namespace nn = iqnrl::nn;
using iqnrl::image_shape;
using iqnrl::window;

template <iqnrl::fixed_string Case>
constexpr image_shape input{shapes::extent<Case>("in.x", 1), shapes::extent<Case>("in.x", 2),
                            shapes::extent<Case>("in.x", 3)};

/// The case's window, or where the image and it do not fit (a file is missing), one that does.
template <iqnrl::fixed_string Case>
constexpr window sliding = [] {
  const window w = window::square(shapes::whole<Case>("kernel", 1), shapes::whole<Case>("stride", 1),
                                  shapes::whole<Case>("padding", 0));
  return w.fits(input<Case>) ? w : window{};
}();

template <iqnrl::fixed_string Case>
struct convolution_case {
  using weight_type =
      std::conditional_t<shapes::whole<Case>("bias", 1) != 0, nn::weight::plain, nn::weight::unbiased>;
  using layer_type = nn::conv2d<input<Case>, shapes::extent<Case>("param.weight", 0), sliding<Case>,
                                iqnrl::activation::identity, weight_type>;
  template <class Run>
  void operator()(Run& r) const {
    layer_run<Run, layer_type>(r, layer_type{}).check_all();
  }
};

/// A layer without parameters; a copy of elements is exact.
template <class Layer>
struct pool_case {
  bounds bound{};
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    layer_run<Run, Layer> pool(r, Layer{});
    const iqnrl::view<const T, 2> x = r.upload_samples("in.x");
    const iqnrl::view<T, 2> dy = r.upload_samples("grad_out.y");
    iqnrl::view<const T, 2> y;
    iqnrl::view<const T, 2> dx;
    typename Layer::template tape<T> tape;
    pool.pass([&](auto& forward, auto& backward) {
      y = pool.layer().forward(forward, x, tape);
      dx = pool.layer().backward(backward, tape, dy);
    });
    r.check("out.y", y, bound);
    r.check("grad.x", dx);
    if constexpr (requires { tape.winner; }) {
      if (r.has("aux.index")) r.check_integers("aux.index", r.download(tape.winner));
    }
  }
};

template <iqnrl::fixed_string Case>
void add_convolution(registry& all) {
  all.add(Case.view(), convolution_case<Case>{});
}
template <iqnrl::fixed_string Case>
void add_max_pool(registry& all) {
  all.add(Case.view(), pool_case<nn::max_pool<input<Case>, sliding<Case>>>{exact});
}
template <iqnrl::fixed_string Case>
void add_adaptive(registry& all) {
  constexpr std::size_t height = shapes::whole<Case>("out_h", 1);
  constexpr std::size_t width = shapes::whole<Case>("out_w", 1);
  if constexpr (shapes::says<Case>("kind", "max")) {
    all.add(Case.view(), pool_case<nn::adaptive_max_pool<input<Case>, height, width>>{exact});
  } else {
    all.add(Case.view(), pool_case<nn::adaptive_average_pool<input<Case>, height, width>>{});
  }
}

struct residual_case {
  using layer_type = nn::residual_block<input<"residual_block">>;
  template <class Run>
  void operator()(Run& r) const {
    layer_run<Run, layer_type>(r, layer_type{}).check_all();
  }
};

}  // namespace

void add_images(registry& all) {
  add_convolution<"conv2d_k8s4">(all);
  add_convolution<"conv2d_k8s4_ragged_batch1">(all);
  add_convolution<"conv2d_k4s2">(all);
  add_convolution<"conv2d_k4s2_ragged">(all);
  add_convolution<"conv2d_k3s1p1">(all);
  add_convolution<"conv2d_k3s1p1_batch1">(all);
  add_convolution<"conv2d_k3s1p1_tiny">(all);
  add_convolution<"conv2d_k3s1">(all);
  add_convolution<"conv2d_k3s2">(all);
  add_convolution<"conv2d_k3s2p1">(all);
  add_convolution<"conv2d_k1">(all);
  add_convolution<"conv2d_k5s2p2_nobias">(all);
  add_convolution<"conv2d_k3s1p1_wide">(all);
  add_convolution<"conv2d_round">(all);
  add_max_pool<"max_pool_k3s2p1_odd">(all);
  add_max_pool<"max_pool_k3s2p1_even">(all);
  add_max_pool<"max_pool_k3s2p1_ties">(all);
  add_max_pool<"max_pool_k2s2">(all);
  add_max_pool<"max_pool_round">(all);
  add_adaptive<"adaptive_max_pool_11to6">(all);
  add_adaptive<"adaptive_max_pool_5to3">(all);
  add_adaptive<"adaptive_max_pool_6to6">(all);
  add_adaptive<"adaptive_max_pool_8to6">(all);
  add_adaptive<"adaptive_max_pool_mixed">(all);
  add_adaptive<"adaptive_max_pool_4to6">(all);
  add_adaptive<"adaptive_avg_pool_11to6">(all);
  add_adaptive<"adaptive_avg_pool_5to3">(all);
  add_adaptive<"adaptive_avg_pool_mixed">(all);
  add_adaptive<"global_avg_pool">(all);
  all.add("residual_block", residual_case{});
}

}  // namespace golden
