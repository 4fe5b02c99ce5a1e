// The gradient of a whole update: gradient descent with rate 1 and no clipping changes each parameter by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/learner.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/gradient_check.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <support/batches.hpp>

namespace iqnrl::testing {

/// The relative error of the gradient that an update applies, against central differences of the loss that it reports.
/// The policies are those of a learner in double precision; the target network differs from the online network.
template <class World, class... Policies>
[[nodiscard]] double update_gradient_error(std::size_t batch_size, std::uint64_t seed,
                                           fractions::counts counts = {3, 5, 2, 2}) {
  using learner_type = learner<World, Policies..., numeric::float64, optimizer::sgd>;
  typename learner_type::config numbers;
  if constexpr (requires { numbers.fractions = counts; }) numbers.fractions = counts;
  numbers.optimizer.rate = 1;
  numbers.batch = batch_size;
  numbers.clip_norm = std::numeric_limits<double>::infinity();
  numbers.sync = {.every = 1'000'000};
  context ctx{.threads = 1, .seed = seed};
  learner_type l(ctx, numbers);
  auto batch = random_batch<World>(batch_size, seed + 1);
  const auto place = l.online()->parameters();
  const auto other = noise<double>(place.size(), seed + 2);
  l.dev().upload(std::span<const double>(other), l.target()->parameters());
  l.target()->changed();
  const snapshot start = snapshot::of(l);

  const std::vector<double> before = host_of(l.dev(), place);
  const double loss = l.update(batch, 0).loss;
  CHECK(loss > 0);
  const std::vector<double> after = host_of(l.dev(), place);
  std::vector<double> analytic(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) analytic[i] = before[i] - after[i];
  const auto numeric = central_differences(
      [&](const std::vector<double>& p) {
        start.restore(l);
        l.dev().upload(std::span<const double>(p), place);
        l.online()->changed();
        return l.update(batch, 0).loss;
      },
      before);
  return gradient_error(analytic, numeric);
}

}  // namespace iqnrl::testing
