// Normalised and noisy layers, and blocks of them.
#include <cstddef>
#include <span>
#include <string>

#include <golden/layer_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/nn/crelu.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/nn/residual.hpp>

namespace golden {

namespace {

namespace nn = iqnrl::nn;
using iqnrl::view;

/// A layer with the names of its case and nothing but parameters.
template <class Layer>
struct plain_case {
  bounds bound{};
  template <class Run>
  void operator()(Run& r) const {
    layer_run<Run, Layer>(r, Layer{}).check_all(bound);
  }
};

/// Rows of any length, or whole images.
struct norm_case {
  bounds bound{};
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 2> x = r.upload_samples("in.x");
    const view<const T, 1> w = r.upload_flat("param.weight");
    const view<const T, 1> b = r.upload_flat("param.bias");
    const view<T, 2> y = r.take(x.shape());
    const view<T, 2> normal = r.take(x.shape());
    const view<T, 1> scale = r.take(iqnrl::extents<1>{x.rows()});
    r.dev().normalise(x, w, b, static_cast<T>(r.number("eps")), y, normal, scale);
    r.check("out.y", y, bound);
    const view<const T, 2> dy = r.upload_samples("grad_out.y");
    const view<T, 2> dx = r.take(x.shape());
    const view<T, 1> dw = r.take(w.shape());
    const view<T, 1> db = r.take(b.shape());
    r.dev().normalise_gradient(dy, view<const T, 2>(normal), view<const T, 1>(scale), w, dx, dw, db);
    r.check("grad.x", dx, bound);
    r.check("grad.weight", dw, bound);
    r.check("grad.bias", db, bound);
  }
};

template <iqnrl::fixed_string Case>
using crelu_of =
    nn::crelu<shapes::extent<Case>("in.x", 1) * shapes::extent<Case>("in.x", 2) * shapes::extent<Case>("in.x", 3),
              shapes::extent<Case>("in.x", 1)>;

template <iqnrl::fixed_string Case>
struct noisy_case {
  using layer_type = nn::linear<shapes::extent<Case>("param.weight_mu", 1), shapes::extent<Case>("param.weight_mu", 0),
                                iqnrl::activation::identity, nn::weight::noisy>;
  template <class Run>
  void operator()(Run& r) const {
    layer_run<Run, layer_type> layer(r, layer_type{});
    if (!r.flag("mean_only")) layer.make_noisy({"in.eps_in", "in.eps_out"});
    layer.check_all();
  }
};

/// The weight of a convolution, alone.
template <iqnrl::fixed_string Case>
struct spectral_case {
  static constexpr bool u_first = shapes::says<Case>("order", "u_first");
  using weight_type = typename nn::weight::spectral_by<u_first ? nn::weight::power_iteration::u_first
                                                               : nn::weight::power_iteration::v_first>::
      template bind<shapes::extent<Case>("param.weight", 0), shapes::extent<Case>("param.weight", 1),
                    shapes::extent<Case>("param.weight", 2), shapes::extent<Case>("param.weight", 3)>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    layer_run<Run, weight_type> layer(r, weight_type{});
    const auto put = [&](const std::string& tensor, const view<T, 1>& to) {
      const auto host = r.values(tensor);
      r.dev().upload(std::span<const T>(host), to);
    };
    put("param.weight", layer.parameter("weight"));
    for (const std::string name : {"u", "v"}) {
      if (r.has("in." + name)) put("in." + name, layer.state(name));
    }
    if (r.text("order") == "eval") layer.keep_state();
    put("grad_out.weight", layer.gradient("weight"));
    view<const T, 2> w;
    layer.pass([&](auto& forward, auto&) { w = layer.layer().weight(forward.net); });
    r.check("out.weight", w);
    r.check("out.sigma", layer.layer().norm(layer.prepared()));
    r.check("out.u", layer.state("u"));
    r.check("out.v", layer.state("v"));
    r.check("grad.weight", layer.gradient("weight"));
  }
};

template <iqnrl::fixed_string Case>
constexpr iqnrl::image_shape input{shapes::extent<Case>("in.x", 1), shapes::extent<Case>("in.x", 2),
                                   shapes::extent<Case>("in.x", 3)};

struct residual_case {
  using layer_type = nn::residual_block<input<"residual_block_sn">, nn::weight::spectral>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    layer_run<Run, layer_type> layer(r, layer_type{});
    for (const std::string conv : {"conv0", "conv1"}) {
      const auto host = r.values("in.u." + conv);
      r.dev().upload(std::span<const T>(host), layer.state(conv + ".u"));
    }
    layer.check_all();
    for (const std::string conv : {"conv0", "conv1"}) r.check("out.u." + conv, layer.state(conv + ".u"));
    r.check("out.sigma.conv0", layer.layer().first().weights().norm(layer.prepared()));
    r.check("out.sigma.conv1", layer.layer().second().weights().norm(layer.prepared()));
  }
};

template <iqnrl::fixed_string Case, class Activation>
using residual_mlp_of =
    nn::residual_mlp<shapes::last_extent<Case>("in.x"), shapes::extent<Case>("param.fc0.weight", 0), Activation>;

}  // namespace

void add_norms(registry& all) {
  all.add("act_crelu", plain_case<crelu_of<"act_crelu">>{exact});
  all.add("act_crelu_chw", plain_case<crelu_of<"act_crelu_chw">>{exact});
  all.add("layer_norm", norm_case{});
  all.add("layer_norm_offset", norm_case{{.in_float = 2e-4}});
  all.add("layer_norm_chw", norm_case{});
  all.add("layer_norm_round", norm_case{});
  all.add("noisy_linear", noisy_case<"noisy_linear">{});
  all.add("noisy_linear_mean", noisy_case<"noisy_linear_mean">{});
  all.add("noisy_linear_batch1", noisy_case<"noisy_linear_batch1">{});
  all.add("noisy_linear_round", noisy_case<"noisy_linear_round">{});
  all.add("spectral_norm_v_first", spectral_case<"spectral_norm_v_first">{});
  all.add("spectral_norm_u_first", spectral_case<"spectral_norm_u_first">{});
  all.add("spectral_norm_eval", spectral_case<"spectral_norm_eval">{});
  all.add("spectral_norm_round", spectral_case<"spectral_norm_round">{});
  all.add("residual_block", plain_case<nn::residual_block<input<"residual_block">>>{});
  all.add("residual_block_sn", residual_case{});
  all.add("residual_mlp_relu", plain_case<residual_mlp_of<"residual_mlp_relu", iqnrl::activation::relu>>{});
  all.add("residual_mlp_leaky", plain_case<residual_mlp_of<"residual_mlp_leaky", iqnrl::activation::leaky_relu>>{});
}

}  // namespace golden
