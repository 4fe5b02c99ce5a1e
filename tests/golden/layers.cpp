// Layers and heads with parameters.
#include <cstddef>
#include <span>
#include <string>

#include <golden/layer_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/nn/activation.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::view;

/// The products of an affine layer.
struct linear_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 2> x = r.upload_rows("in.x");
    const view<const T, 2> w = r.upload_rows("param.weight");
    view<const T, 1> b;
    view<T, 1> db;
    if (r.flag("bias")) {
      b = r.upload_flat("param.bias");
      db = r.take(b.shape());
    }
    const view<T, 1> packed = r.take(extents<1>{Run::device_type::template packed_size<T>(w.rows(), w.row_size())});
    r.dev().pack(w, packed);
    const view<T, 2> y = r.take(extents<2>{x.rows(), w.rows()});
    r.dev().affine(x, w, view<const T, 1>(packed), b, iqnrl::activation::identity{}, y);
    r.check("out.y", y);
    const view<const T, 2> dy = r.upload_rows("grad_out.y");
    const view<T, 2> dx = r.take(x.shape());
    const view<T, 2> dw = r.take(w.shape());
    r.dev().affine_input_gradient(dy, w, view<const T, 1>(packed), dx);
    r.dev().affine_weight_gradient(dy, x, dw, db);
    r.check("grad.x", dx);
    r.check("grad.weight", dw);
    if (r.flag("bias")) r.check("grad.bias", db);
  }
};

/// The dueling head on the two hidden vectors side by side, each branch blind to the other's half.
template <iqnrl::fixed_string Case>
struct shared_value_case {
  static constexpr std::size_t half = shapes::extent<Case>("param.val.weight", 1);
  static constexpr std::size_t slots = shapes::extent<Case>("out.q", 2);
  static constexpr std::size_t actions = shapes::extent<Case>("out.q", 3);
  using head_type = iqnrl::head::dueling<>::bind<2 * half, 1, slots, actions>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    layer_run<Run, head_type> layer(r, head_type(iqnrl::head::dueling<>::config{}));
    const auto put = [&](const std::string& tensor, const view<T, 1>& to) {
      const auto host = r.values(tensor);
      r.dev().upload(std::span<const T>(host), to);
    };
    const auto columns = [](const view<T, 1>& all, std::size_t first_column) {
      return all.template reshape<2>({all.size() / (2 * half), 2 * half}).columns(first_column, half);
    };
    const view<T, 2> value_weight = columns(layer.parameter("value.out.weight"), 0);
    const view<T, 2> advantage_weight = columns(layer.parameter("advantage.out.weight"), half);
    r.dev().copy(view<const T, 2>(r.template upload<2>("param.val.weight")), value_weight);
    r.dev().copy(view<const T, 2>(r.template upload<2>("param.adv.weight")), advantage_weight);
    put("param.val.bias", layer.parameter("value.out.bias"));
    put("param.adv.bias", layer.parameter("advantage.out.bias"));

    const view<T, 2> h_value = r.upload_rows("in.h_value");
    const view<T, 2> h_advantage = r.upload_rows("in.h_advantage");
    const view<T, 2> h = r.take(extents<2>{h_value.rows(), 2 * half});
    r.dev().copy(view<const T, 2>(h_value), h.columns(0, half));
    r.dev().copy(view<const T, 2>(h_advantage), h.columns(half, half));
    const auto upstream = r.values("grad_out.q");
    const view<T, 2> dq = r.upload(upstream, extents<2>{h.rows(), slots * actions});
    view<T, 2> q;
    view<T, 2> dh;
    layer.pass([&](auto& forward, auto& backward) {
      typename head_type::template tape<T> tape;
      q = layer.layer().forward(forward, view<const T, 2>(h), tape);
      dh = layer.layer().backward(backward, tape, dq);
    });
    r.check("out.q", q);
    r.check("grad.h_value", dh.columns(0, half));
    r.check("grad.h_advantage", dh.columns(half, half));
    r.check("grad.val.weight", columns(layer.gradient("value.out.weight"), 0));
    r.check("grad.adv.weight", columns(layer.gradient("advantage.out.weight"), half));
    r.check("grad.val.bias", layer.gradient("value.out.bias"));
    r.check("grad.adv.bias", layer.gradient("advantage.out.bias"));
  }
};

}  // namespace

void add_layers(registry& all) {
  for (const auto* name : {"linear_bias", "linear_nobias", "linear_batch1", "linear_round", "linear_wide"})
    all.add(name, linear_case{});
  all.add("multi_action_shared_v", shared_value_case<"multi_action_shared_v">{});
}

}  // namespace golden
