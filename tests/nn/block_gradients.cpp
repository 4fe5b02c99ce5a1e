// Conditionings, heads and encoders, each by itself, against central differences.
#include <cstddef>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/encoder/mlp.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/head/plain.hpp>
#include <iqnrl/quantile/conditioning.hpp>
#include <nn/layer_gradients.hpp>
#include <support/packing.hpp>
#include <support/policies.hpp>
#include <support/sealed.hpp>
#include <support/worlds.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

constexpr std::size_t features = 5;

/// The gradients of the features and the parameters; fractions have none.
template <class Backend, class Policy>
void check_conditioning_gradients(std::size_t batch, std::size_t count) {
  using layer = typename Policy::template bind<features>;
  using tape = typename layer::template tape<double>;
  std::vector<double> tau = noise<double>(batch * count, 8);
  for (double& t : tau) t = 0.5 + 0.49 * t;
  layer_bench<Backend, layer> bench(typename Policy::config{}, 3);
  const layer_errors e = bench.template check<tape>(
      noise<double>(batch * features, 6),
      [&](const layer& l, auto& pass, const auto& dev, const std::vector<double>& x, tape& kept) {
        return l.forward(pass, placed(pass, dev, x, features), placed(pass, dev, tau, count), kept);
      },
      [](const layer& l, auto& pass, const auto& dev, const tape& kept, const view<double, 2>& dh) {
        return host_of(dev, l.backward(pass, kept, dh));
      });
  CHECK(e.parameters <= gradient_tolerance);
  CHECK(e.input <= gradient_tolerance);
}

template <class Backend, class Layer, class Config>
void check_head_gradients(std::size_t rows) {
  layer_bench<Backend, Layer> bench(Config{}, 4);
  const layer_errors e =
      check_rows<decltype(bench), typename Layer::template tape<double>>(bench, rows, features, 11 + rows);
  CHECK(e.parameters <= gradient_tolerance);
  CHECK(e.input <= gradient_tolerance);
}

/// The gradients of the parameters; observations have none.
template <class Backend, class Policy>
void check_encoder_gradients(std::size_t batch) {
  using seen = odd_world::observation;
  using layer = typename Policy::template bind<seen>;
  using tape = typename layer::template tape<double>;
  const device<Backend> dev;
  std::vector<std::uint8_t> image(batch * 6);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(37 * i);
  const tensor<Backend, std::uint8_t, 2> images(dev, {batch, 6}, image);
  const tensor<Backend, float, 2> floats(dev, {batch, 4}, noise<float>(batch * 4, 2));
  const tensor<Backend, std::uint8_t, 2> legal(dev, {batch, 15});
  const tensor<Backend, double, 2> clock(dev, {batch, 1});
  const observation_views<seen> x{images.in(), floats.in(), legal.in(), clock.in()};
  layer_bench<Backend, layer> bench(typename Policy::config{}, 12);
  const layer_errors e = bench.template check<tape>(
      {},
      [&](const layer& l, auto& pass, const auto&, const std::vector<double>&, tape& kept) {
        return view<const double, 2>(l.forward(pass, x, kept));
      },
      [](const layer& l, auto& pass, const auto&, const tape& kept, const view<double, 2>& d) {
        l.backward(pass, kept, d);
        return std::vector<double>{};
      });
  CHECK(e.parameters <= gradient_tolerance);
}

}  // namespace

using cosine_relu = conditioning::cosine<6>;
using cosine_from_1 = conditioning::cosine<6, 1, activation::leaky_relu>;
using cosine_tanh = conditioning::cosine<1, 3, activation::tanh>;
using cosine_gelu = conditioning::cosine<4, 0, activation::gelu>;
using head_affine = head::plain<>;
using head_plain = head::plain<4>;
using head_deep = head::plain_with<activation::gelu, 4, 3>;
using head_dueling = head::dueling<4>;
using head_dueling_bare = head::dueling<>;
using head_dueling_deep = head::dueling_with<activation::tanh, 4, 3>;
using encoder_mlp = encoder::mlp<4>;
using encoder_deep = encoder::mlp_with<activation::silu, 4, 5, 2>;

TYPE_TO_STRING(cosine_relu);
TYPE_TO_STRING(cosine_from_1);
TYPE_TO_STRING(head_plain);
TYPE_TO_STRING(head_dueling);

TEST_CASE_TEMPLATE("conditionings", P, cosine_relu, cosine_from_1, cosine_tanh, cosine_gelu, conditioning::none,
                   odd::tilt) {
  const std::size_t count = P::per_fraction ? 3 : 1;
  check_conditioning_gradients<backend::eigen, P>(4, count);
  check_conditioning_gradients<sealed<backend::eigen>, P>(1, count);
  check_conditioning_gradients<packing<backend::eigen>, P>(3, P::per_fraction ? 1 : 1);
}

TEST_CASE_TEMPLATE("heads: quantiles, slots, actions", P, head_affine, head_plain, head_deep, head_dueling,
                   head_dueling_bare, head_dueling_deep, odd::unbiased) {
  using config = typename P::config;
  check_head_gradients<backend::eigen, typename P::template bind<features, 1, 1, 3>, config>(6);
  check_head_gradients<sealed<backend::eigen>, typename P::template bind<features, 4, 1, 2>, config>(1);
  check_head_gradients<backend::eigen, typename P::template bind<features, 1, 3, 2>, config>(3);
  check_head_gradients<packing<backend::eigen>, typename P::template bind<features, 2, 2, 3>, config>(2);
}

TEST_CASE_TEMPLATE("encoders over bytes, floats, masks and fields", P, encoder_mlp, encoder_deep, odd::blind,
                   odd::stateful<0>) {
  check_encoder_gradients<backend::eigen, P>(5);
  check_encoder_gradients<sealed<backend::eigen>, P>(1);
  check_encoder_gradients<packing<backend::eigen>, P>(3);
}
