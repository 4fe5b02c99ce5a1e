// The errors of numeric::bfloat16 and of Winograd's convolutions, against double precision.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/actor.hpp>
#include <iqnrl/agent/learner.hpp>
#include <iqnrl/backend/onednn.hpp>
#include <iqnrl/backend/winograd.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <support/batches.hpp>
#include <support/image_world.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// What an agent of these policies makes of a fresh network and one batch: the values of each sample's observation, and
/// the gradient.
struct outcome_of_batch {
  std::vector<double> values;
  std::vector<double> gradient;
};

template <class... Policies>
outcome_of_batch computed(const host_batch<image_world::observation, 1>& samples) {
  using learner_type = learner<image_world, Policies..., encoder::fuse<encoder::impala<1>, encoder::mlp<8>, 16>,
                               conditioning::cosine<16>, head::dueling<32>, optimizer::sgd>;
  using actor_type = actor<image_world, Policies..., encoder::fuse<encoder::impala<1>, encoder::mlp<8>, 16>,
                           conditioning::cosine<16>, head::dueling<32>, optimizer::sgd>;
  typename learner_type::config c;
  c.batch = samples.size();
  c.optimizer.rate = 1;
  context ctx{.threads = 1, .seed = 3};
  learner_type l(ctx, c);
  actor_type a(ctx, c, l.online());
  outcome_of_batch out;
  for (std::size_t b = 0; b < samples.size(); ++b) {
    image_world::observation::value seen;
    for_each_part<image_world::observation>([&](auto i) {
      const auto part = seen.template at<i>();
      const auto from = samples.template now<i>().subspan(b * part.size(), part.size());
      std::copy(from.begin(), from.end(), part.begin());
    });
    for (const auto v : a.values(seen)) out.values.push_back(static_cast<double>(v));
  }
  const auto before = host_of(l.dev(), l.online()->parameters());
  auto batch = samples;
  l.update(batch, 0);
  const auto after = host_of(l.dev(), l.online()->parameters());
  for (std::size_t i = 0; i < before.size(); ++i)
    out.gradient.push_back(static_cast<double>(before[i]) - static_cast<double>(after[i]));
  return out;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double cosine_of(const std::vector<double>& a, const std::vector<double>& b) {
  return product(a, b) / std::sqrt(product(a, a) * product(b, b));
}

/// The norm of the difference over the norm.
double difference(const std::vector<double>& found, const std::vector<double>& right) {
  std::vector<double> d(found);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] -= right[i];
  return std::sqrt(product(d, d) / product(right, right));
}

}  // namespace

TEST_CASE("outputs within 2e-2 and gradients at a cosine of 0.999 to double precision") {
  const auto samples = random_batch<image_world>(32, 4);
  const outcome_of_batch right = computed<numeric::float64>(samples);
  const outcome_of_batch single = computed<backend::onednn, numeric::float32>(samples);
  CHECK(difference(single.values, right.values) < 1e-5);
  CHECK(cosine_of(single.gradient, right.gradient) > 1 - 1e-6);
  try {
    (void)backend::onednn::in_bfloat16::packed_size<float>(8, 8);
  } catch (const config_error& e) {
    MESSAGE(e.what());
    return;
  }
  const outcome_of_batch rounded = computed<backend::onednn, numeric::bfloat16>(samples);
  CHECK(difference(rounded.values, right.values) <= 2e-2);
  CHECK(cosine_of(rounded.gradient, right.gradient) >= 0.999);
  CHECK(difference(rounded.values, right.values) > 1e-5);  // products were rounded
}

TEST_CASE("Winograd's outputs and gradients") {
  const auto samples = random_batch<image_world>(32, 4);
  const outcome_of_batch right = computed<numeric::float64>(samples);
  const outcome_of_batch found = computed<backend::winograd<backend::onednn>>(samples);
  CHECK(difference(found.values, right.values) < 1e-4);
  CHECK(cosine_of(found.gradient, right.gradient) > 1 - 1e-5);
}
