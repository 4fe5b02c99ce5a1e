// Activations and what else is computed element by element on the way to a head: cosines, Hadamard product, dueling.
#include <cstddef>
#include <type_traits>

#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/nn/activation.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::view;

template <class Activation>
struct activation_case {
  bounds bound{};
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    r.require_text("activation", Activation::name);
    if constexpr (std::is_same_v<Activation, iqnrl::activation::leaky_relu>) r.require_text("slope", "0.01");
    const view<const T, 2> x = r.upload_rows("in.x");
    const view<T, 2> y = r.take(x.shape());
    r.dev().activate(x, Activation{}, y);
    r.check("out.y", y, bound);
    const view<T, 2> d = r.upload_rows("grad_out.y");
    r.dev().activation_gradient(Activation::from_output ? view<const T, 2>(y) : x, Activation{}, d);
    r.check("grad.x", d, bound);
  }
};

struct cosine_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    constexpr bounds bound{.in_float = 1e-4};
    const auto e = r.template shape<2>("in.tau");
    const std::size_t rows = e[0] * e[1];
    const view<const T, 1> tau = r.upload_flat("in.tau");
    const view<T, 2> y = r.take(extents<2>{rows, r.count("cosines")});
    r.dev().cosine(tau, r.count("start"), y);
    r.check("out.y", y, bound);
    const view<const T, 2> dy = r.upload_rows("grad_out.y");
    const view<T, 1> dtau = r.take(extents<1>{rows});
    r.dev().cosine_gradient(tau, r.count("start"), dy, dtau);
    r.check("grad.tau", dtau, bound);
  }
};

struct hadamard_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 2> psi = r.upload_rows("in.psi");
    const view<const T, 2> phi = r.upload_rows("in.phi");
    const view<T, 2> y = r.take(phi.shape());
    r.dev().hadamard(psi, phi, y);
    r.check("out.y", y);
    const view<T, 2> dy = r.upload_rows("grad_out.y");
    const view<T, 2> dpsi = r.take(psi.shape());
    r.dev().hadamard_gradient(psi, phi, view<const T, 2>(dy), dpsi, dy);
    r.check("grad.psi", dpsi);
    r.check("grad.phi", dy);
  }
};

template <iqnrl::fixed_string Case>
struct dueling_case {
  static constexpr std::size_t actions = shapes::last_extent<Case>("in.advantage");
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 2> value = r.upload_rows("in.value");
    const view<T, 2> q = r.upload_rows("in.advantage");
    r.dev().for_rows(q.rows(), iqnrl::head::dueling_combine<1, 1, actions>{}, q, value);
    r.check("out.q", q);
    const view<T, 2> dq = r.upload_rows("grad_out.q");
    const view<T, 2> dvalue = r.take(value.shape());
    r.dev().for_rows(dq.rows(), iqnrl::head::dueling_split<1, 1, actions>{}, dq, dvalue);
    r.check("grad.value", dvalue);
    r.check("grad.advantage", dq);
  }
};

}  // namespace

void add_activations(registry& all) {
  namespace a = iqnrl::activation;
  all.add("act_relu", activation_case<a::relu>{exact});
  all.add("act_leaky_relu", activation_case<a::leaky_relu>{});
  all.add("act_elu", activation_case<a::elu>{});
  all.add("act_gelu", activation_case<a::gelu>{});
  all.add("act_gelu_tanh", activation_case<a::gelu_tanh>{});
  all.add("act_tanh", activation_case<a::tanh>{});
  all.add("act_sigmoid", activation_case<a::sigmoid>{});
  all.add("act_silu", activation_case<a::silu>{});
  all.add("act_softplus", activation_case<a::softplus>{});
  for (const auto* name : {"cosine_start0", "cosine_start1", "cosine_round"}) all.add(name, cosine_case{});
  for (const auto* name : {"hadamard", "hadamard_round"}) all.add(name, hadamard_case{});
  all.add("dueling", dueling_case<"dueling">{});
  all.add("dueling_round", dueling_case<"dueling_round">{});
}

}  // namespace golden
