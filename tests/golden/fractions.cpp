// Fractions and their embedding.
#include <cstddef>
#include <string>
#include <type_traits>

#include <golden/layer_run.hpp>
#include <golden/registry.hpp>
#include <golden/shapes.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/quantile/conditioning.hpp>
#include <iqnrl/quantile/fractions.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::view;

/// phi = act(W cos + b): the outputs and the parameter gradients through the conditioning, whose product with features
/// of one is phi itself; the gradient of the fractions through the layer and the cosines.
template <iqnrl::fixed_string Case>
struct embedding_case {
  static constexpr std::size_t cosines = shapes::extent<Case>("param.fc0.weight", 1);
  static constexpr std::size_t features = shapes::extent<Case>("param.fc0.weight", 0);
  static constexpr std::size_t first = shapes::whole<Case>("start", 0);
  using activation = std::conditional_t<shapes::says<Case>("activation", "relu"), iqnrl::activation::relu,
                                        iqnrl::activation::leaky_relu>;
  using policy = iqnrl::conditioning::cosine<cosines, first, activation>;
  using conditioning_type = typename policy::template bind<features>;
  using linear_type = iqnrl::nn::linear<cosines, features, activation>;

  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    r.require_text("activation", activation::name);
    through_conditioning(r);
    through_layer(r);
  }

 private:
  template <class Run, class T = typename Run::value_type>
  static void through_conditioning(Run& r) {
    const auto name = [](const std::string& own) { return "fc0" + own.substr(own.find('.')); };
    layer_run<Run, conditioning_type> layer(r, conditioning_type(typename policy::config{}));
    layer.fill(name);
    const view<const T, 2> tau = r.upload_rows("in.tau");
    const view<T, 2> dy = r.upload_rows("grad_out.y");
    const view<T, 2> psi = r.take(extents<2>{tau.rows(), features});
    r.dev().fill(psi, T(1));
    view<const T, 2> y;
    layer.pass([&](auto& forward, auto& backward) {
      typename conditioning_type::template tape<T> tape;
      y = layer.layer().forward(forward, view<const T, 2>(psi), tau, tape);
      layer.layer().backward(backward, tape, dy);
    });
    r.check("out.y", y);
    layer.check_gradients(name);
  }

  template <class Run, class T = typename Run::value_type>
  static void through_layer(Run& r) {
    layer_run<Run, linear_type> layer(r, linear_type{});
    layer.fill([](const std::string& own) { return "fc0." + own; });
    const view<const T, 1> tau = r.upload_flat("in.tau");
    const view<T, 2> dy = r.upload_rows("grad_out.y");
    const view<T, 2> c = r.take(extents<2>{tau.size(), cosines});
    r.dev().cosine(tau, first, c);
    view<T, 2> dc;
    layer.pass([&](auto& forward, auto& backward) {
      typename linear_type::template tape<T> tape;
      layer.layer().forward(forward, view<const T, 2>(c), tape);
      dc = layer.layer().backward(backward, tape, dy);
    });
    const view<T, 1> dtau = r.take(tau.shape());
    r.dev().cosine_gradient(tau, first, view<const T, 2>(dc), dtau);
    r.check("grad.tau", dtau);
  }
};

/// Fractions from given uniform numbers.
template <class Fractions>
struct drawn_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const Fractions policy(typename Fractions::config{});
    const view<const T, 2> u = r.upload_rows("in.uniform");
    const view<T, 2> tau = r.take(extents<2>{u.rows(), r.count("count")});
    iqnrl::require<iqnrl::file_error>(u.row_size() == policy.randoms(tau.row_size()),
                                      "in.uniform has {} numbers a row; {} fractions take {}", u.row_size(),
                                      tau.row_size(), policy.randoms(tau.row_size()));
    r.dev().for_rows(tau.rows(), policy, tau, u);
    r.check("out.tau", tau);
  }
};

template <iqnrl::fixed_string Case>
struct midpoints_case {
  static constexpr std::size_t count = shapes::extent<Case>("out.tau", 0);
  using policy = iqnrl::fractions::midpoints<count>;
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<T, 2> tau = r.take(extents<2>{1, count});
    const view<const T, 2> none = r.take(extents<2>{1, 0});
    r.dev().for_rows(1, policy(typename policy::config{}), tau, none);
    r.check("out.tau", tau);
  }
};

}  // namespace

void add_fractions(registry& all) {
  all.add("tau_embedding_relu", embedding_case<"tau_embedding_relu">{});
  all.add("tau_embedding_leaky", embedding_case<"tau_embedding_leaky">{});
  all.add("tau_midpoints", midpoints_case<"tau_midpoints">{});
  all.add("tau_stratified", drawn_case<iqnrl::fractions::stratified>{});
  all.add("tau_symmetric", drawn_case<iqnrl::fractions::mirrored>{});
}

}  // namespace golden
