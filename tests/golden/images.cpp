// Convolutions and pools: the primitives, with the sizes of the file.
#include <cstddef>
#include <cstdint>

#include <golden/registry.hpp>
#include <iqnrl/core/image.hpp>
#include <iqnrl/nn/activation.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::image_shape;
using iqnrl::view;

template <class Run>
image_shape image_of(const Run& r, const char* tensor) {
  const auto e = r.template shape<4>(tensor);
  return {e[1], e[2], e[3]};
}
template <class Run>
iqnrl::window window_of(const Run& r) {
  return iqnrl::window::square(r.count("kernel"), r.count("stride"), r.count("padding"));
}

struct convolution_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const iqnrl::convolution c{image_of(r, "in.x"), image_of(r, "out.y"), window_of(r)};
    if (!c.over.fits(c.in) || c.over.over(c.in, c.out.channels) != c.out)
      return r.fail("the output has another size than the library would give it");
    const view<const T, 2> x = r.upload_images("in.x");
    const view<const T, 2> w = r.upload_samples("param.weight");
    view<const T, 1> b;
    view<T, 1> db;
    if (r.flag("bias")) {
      b = r.upload_flat("param.bias");
      db = r.take(b.shape());
    }
    const view<T, 1> packed = r.take(extents<1>{Run::device_type::template packed_size<T>(w.rows(), w.row_size())});
    r.dev().pack(w, packed);
    const view<T, 1> scratch = r.take(extents<1>{Run::device_type::template convolution_scratch<T>(c)});
    const view<T, 2> y = r.take(extents<2>{x.rows(), c.out.size()});
    r.dev().convolve(c, x, w, view<const T, 1>(packed), b, iqnrl::activation::identity{}, scratch, y);
    r.check_images("out.y", y);
    const view<const T, 2> dy = r.upload_images("grad_out.y");
    const view<T, 2> dx = r.take(x.shape());
    const view<T, 2> dw = r.take(w.shape());
    r.dev().convolve_input_gradient(c, dy, w, view<const T, 1>(packed), scratch, dx);
    r.dev().convolve_weight_gradient(c, dy, x, scratch, dw, db);
    r.check_images("grad.x", dx);
    r.check("grad.weight", dw);
    if (r.flag("bias")) r.check("grad.bias", db);
  }
};

/// The largest element of each bin; copies are exact.
template <class Run, class T = typename Run::value_type>
void check_largest(Run& r, const iqnrl::pooling& p) {
  const view<const T, 2> x = r.upload_images("in.x");
  const view<T, 2> y = r.take(extents<2>{x.rows(), p.out.size()});
  const view<std::int32_t, 2> winner = r.template take<std::int32_t>(y.shape());
  r.dev().max_pool(p, x, y, winner);
  r.check_images("out.y", y, exact);
  if (r.has("aux.index")) r.check_integers("aux.index", r.planes("aux.index", r.download(winner)));
  const view<T, 2> dx = r.take(x.shape());
  const view<const T, 2> dy = r.upload_images("grad_out.y");
  r.dev().max_pool_gradient(p, dy, view<const std::int32_t, 2>(winner), dx);
  r.check_images("grad.x", dx);
}

struct max_pool_case {
  template <class Run>
  void operator()(Run& r) const {
    check_largest(r, {image_of(r, "in.x"), image_of(r, "out.y"), window_of(r), false});
  }
};

struct adaptive_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const image_shape in = image_of(r, "in.x");
    const iqnrl::pooling p{in, {in.channels, r.count("out_h"), r.count("out_w")}, {}, true};
    if (r.text("kind") == "max") return check_largest(r, p);
    r.require_text("kind", "avg");
    const view<const T, 2> x = r.upload_images("in.x");
    const view<T, 2> y = r.take(extents<2>{x.rows(), p.out.size()});
    r.dev().average_pool(p, x, y);
    r.check_images("out.y", y);
    const view<T, 2> dx = r.take(x.shape());
    const view<const T, 2> dy = r.upload_images("grad_out.y");
    r.dev().average_pool_gradient(p, dy, dx);
    r.check_images("grad.x", dx);
  }
};

}  // namespace

void add_images(registry& all) {
  for (const auto* name : {"conv2d_k8s4", "conv2d_k8s4_ragged_batch1", "conv2d_k4s2", "conv2d_k4s2_ragged",
                           "conv2d_k3s1p1", "conv2d_k3s1p1_batch1", "conv2d_k3s1p1_tiny", "conv2d_k3s1", "conv2d_k3s2",
                           "conv2d_k3s2p1", "conv2d_k1", "conv2d_k5s2p2_nobias", "conv2d_k3s1p1_wide", "conv2d_round"})
    all.add(name, convolution_case{});
  for (const auto* name :
       {"max_pool_k3s2p1_odd", "max_pool_k3s2p1_even", "max_pool_k3s2p1_ties", "max_pool_k2s2", "max_pool_round"})
    all.add(name, max_pool_case{});
  for (const auto* name :
       {"adaptive_max_pool_11to6", "adaptive_max_pool_5to3", "adaptive_max_pool_6to6", "adaptive_max_pool_8to6",
        "adaptive_max_pool_mixed", "adaptive_max_pool_4to6", "adaptive_avg_pool_11to6", "adaptive_avg_pool_5to3",
        "adaptive_avg_pool_mixed", "global_avg_pool"})
    all.add(name, adaptive_case{});
}

}  // namespace golden
