// The learner by itself: clipping, importance weights, priorities, and what it refuses.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/learner.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/batches.hpp>
#include <support/child.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Backend, class... Policies>
using small = learner<plain_world, Backend, numeric::float64, encoder::mlp<5>, conditioning::cosine<3>, head::plain<>,
                      Policies...>;
template <class Backend>
using plain_descent = small<Backend, optimizer::sgd>;

template <class Learner>
typename Learner::config small_numbers() {
  typename Learner::config c;
  c.fractions = {4, 5, 2, 2};
  c.batch = 6;
  c.clip_norm = infinity;
  return c;
}

/// By how much an update of a fresh learner changes each parameter.
template <class Learner>
std::vector<double> change(const typename Learner::config& numbers, const typename Learner::batch_type& samples,
                           learn_report* report = nullptr) {
  context ctx{.threads = 1, .seed = 3};
  Learner l(ctx, numbers);
  auto batch = samples;
  auto p = host_of(l.dev(), l.online()->parameters());
  const learn_report r = l.update(batch, 0);
  if (report != nullptr) *report = r;
  const auto q = host_of(l.dev(), l.online()->parameters());
  for (std::size_t i = 0; i < p.size(); ++i) p[i] -= q[i];
  return p;
}

double norm_of(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

}  // namespace

TYPE_TO_STRING(sealed<backend::eigen>);
TYPE_TO_STRING(packing<backend::eigen>);

TEST_CASE_TEMPLATE("clipping by norm and by value", Backend, backend::reference, sealed<backend::eigen>,
                   packing<backend::eigen>) {
  using learner_type = plain_descent<Backend>;
  auto numbers = small_numbers<learner_type>();
  numbers.optimizer.rate = 1;
  const auto batch = random_batch<plain_world>(6, 2);
  learn_report report;
  const auto gradient = change<learner_type>(numbers, batch, &report);
  const double norm = norm_of(gradient);
  CHECK(report.gradient_norm == doctest::Approx(norm).epsilon(1e-9));
  REQUIRE(norm > 0.01);

  numbers.clip_norm = norm * 2;
  CHECK(norm_of(change<learner_type>(numbers, batch)) == doctest::Approx(norm).epsilon(1e-9));
  numbers.clip_norm = norm / 4;
  const auto shorter = change<learner_type>(numbers, batch, &report);
  CHECK(report.gradient_norm == doctest::Approx(norm).epsilon(1e-9));
  CHECK(norm_of(shorter) == doctest::Approx(norm / 4).epsilon(1e-3));
  const double factor = (norm / 4) / (norm + 1e-6);
  for (std::size_t i = 0; i < gradient.size(); ++i) CHECK(std::abs(shorter[i] - factor * gradient[i]) < 1e-12);

  const double limit = norm / 10;
  numbers.clip_value = limit / 4;
  const auto both = change<learner_type>(numbers, batch);
  bool cut = false;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double want = std::clamp(factor * gradient[i], -limit / 4, limit / 4);
    cut = cut || std::abs(factor * gradient[i]) > limit / 4;
    CHECK(std::abs(both[i] - want) < 1e-12);
  }
  CHECK(cut);
}

TEST_CASE("importance weights scale each sample's part of the gradient") {
  using learner_type = plain_descent<backend::reference>;
  auto numbers = small_numbers<learner_type>();
  numbers.optimizer.rate = 1;
  auto batch = random_batch<plain_world>(3, 5);
  std::vector<std::vector<double>> alone;
  for (std::size_t k = 0; k < 3; ++k) {
    std::fill(batch.weight.begin(), batch.weight.end(), 0.0F);
    batch.weight[k] = 1;
    alone.push_back(change<learner_type>(numbers, batch));
  }
  std::fill(batch.weight.begin(), batch.weight.end(), 0.0F);
  CHECK(norm_of(change<learner_type>(numbers, batch)) == 0);
  batch.weight = {0.5F, 2.0F, 3.0F};
  const auto sum = change<learner_type>(numbers, batch);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    CHECK(std::abs(sum[i] - (0.5 * alone[0][i] + 2 * alone[1][i] + 3 * alone[2][i])) < 1e-10);
  }
}

TEST_CASE("a sample's priorities do not depend on the rest of the batch, nor the update on what was in memory") {
  using learner_type = plain_descent<sealed<backend::reference>>;
  const auto numbers = small_numbers<learner_type>();
  context ctx{.threads = 1, .seed = 3};
  learner_type l(ctx, numbers);
  const snapshot start = snapshot::of(l);
  auto whole = random_batch<plain_world>(6, 8);
  const learn_report first = l.update(whole, 0);
  const std::vector<float> sums(l.sum_mean_abs().begin(), l.sum_mean_abs().end());
  const std::vector<float> differences(l.mean_difference().begin(), l.mean_difference().end());
  CHECK(sums.size() == 6);
  CHECK(differences.size() == 6);
  for (std::size_t b = 0; b < 6; ++b) {
    CHECK(sums[b] > 0);
    CHECK(differences[b] <= sums[b] / 4 + 1e-6F);
  }
  const std::uint64_t after = digest(l);
  start.restore(l);
  auto other = whole;
  for (std::size_t b = 1; b < 6; ++b) other.reward[b] += 3;
  l.update(other, 0);
  CHECK(l.sum_mean_abs()[0] == sums[0]);
  CHECK(l.sum_mean_abs()[1] != sums[1]);
  start.restore(l);
  const learn_report again = l.update(whole, 0);
  CHECK(again.loss == first.loss);
  CHECK(again.updates == 1);
  CHECK(digest(l) == after);
}

TEST_CASE("numbers out of range are refused, with the number and the cure") {
  using learner_type = plain_descent<backend::reference>;
  context ctx{.threads = 1, .seed = 3};
  const auto said = [&](const auto& edit) {
    auto numbers = small_numbers<learner_type>();
    edit(numbers);
    return refusal<config_error>([&] { const learner_type l(ctx, numbers); });
  };
  CHECK(said([](auto&) {}).empty());
  CHECK(says(said([](auto& c) { c.batch = 0; }), "batch is 0; an update needs at least 1 sample"));
  CHECK(says(said([](auto& c) { c.batch = std::size_t{1} << 40U; }), "at most 16777216"));
  CHECK(says(said([](auto& c) { c.clip_norm = 0; }), "clip_norm is 0; give a positive number"));
  CHECK(says(said([](auto& c) { c.clip_norm = -2; }), "clip_norm is -2"));
  CHECK(says(said([](auto& c) { c.clip_norm = std::nan(""); }), "clip_norm is nan"));
  CHECK(says(said([](auto& c) { c.clip_value = 0; }), "clip_value is 0"));
  CHECK(says(said([](auto& c) { c.clip_value = std::nan(""); }), "clip_value is nan"));
  CHECK(says(said([](auto& c) { c.fractions.online = 0; }), "fractions.online is 0; draw at least one"));
  CHECK(says(said([](auto& c) { c.loss.kappa = -1; }), "loss.kappa is -1"));
  CHECK(says(said([](auto& c) { c.sync.every = 0; }), "sync.every is 0"));
}

TEST_CASE("too much memory is refused, saying what for") {
  using learner_type = plain_descent<sealed<backend::reference>>;
  context ctx{.threads = 1, .seed = 3};
  auto numbers = small_numbers<learner_type>();
  numbers.fractions.online = 65'536;
  numbers.batch = std::size_t{1} << 20U;
  const std::string said = refusal<memory_error>([&] { const learner_type l(ctx, numbers); });
  CHECK(says(said, "the working memory of an update"));
  CHECK(says(said, "make the network or the batch smaller"));
}

TEST_CASE("counts so large that their product overflows are refused too") {
  using learner_type = plain_descent<sealed<backend::reference>>;
  const auto end = in_child([] {
    context ctx{.threads = 1, .seed = 3};
    auto numbers = small_numbers<learner_type>();
    numbers.fractions.online = std::size_t{1} << 62U;
    try {
      learner_type l(ctx, numbers);
      return 1;
    } catch (const error&) {
      return 0;
    }
  });
  CHECK(end.signal == 0);
  CHECK(end.status == 0);
}

TEST_CASE("a batch that does not fit is refused, and nothing changes") {
  using learner_type = plain_descent<backend::reference>;
  context ctx{.threads = 1, .seed = 3};
  learner_type l(ctx, small_numbers<learner_type>());
  const std::uint64_t before = digest(l);
  auto empty = random_batch<plain_world>(1, 1);
  empty.resize(0);
  CHECK(says(refusal<shape_error>([&] { l.update(empty, 0); }),
             "a batch has 0 samples and the learner was built for 1 to 6"));
  auto large = random_batch<plain_world>(7, 1);
  CHECK(says(refusal<shape_error>([&] { l.update(large, 0); }), "a batch has 7 samples"));
  CHECK(digest(l) == before);
  CHECK(l.updates() == 0);
}

TEST_CASE("an action that does not exist is refused") {
  using learner_type = plain_descent<sealed<backend::reference>>;
  for (const std::int32_t action : {-1, 3, 1 << 28}) {
    CAPTURE(action);
    const auto end = in_child([&] {
      context ctx{.threads = 1, .seed = 3};
      learner_type l(ctx, small_numbers<learner_type>());
      auto batch = random_batch<plain_world>(4, 1);
      batch.action[2] = action;
      return says(refusal<shape_error>([&] { l.update(batch, 0); }), std::to_string(action)) ? 0 : 1;
    });
    CHECK(end.signal == 0);
    CHECK(end.status == 0);
  }
}

TEST_CASE_TEMPLATE("an update that explodes changes nothing, and the next one goes on", Learner, small<backend::eigen>,
                   small<sealed<backend::reference>, loss::self_normalised>) {
  context ctx{.threads = 2, .seed = 3};
  auto numbers = small_numbers<Learner>();
  Learner l(ctx, numbers);
  auto good = random_batch<plain_world>(6, 1);
  l.update(good, 0);
  const std::uint64_t before = digest(l);
  for (const float reward : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto bad = good;
    bad.reward[4] = reward;
    const std::string said = refusal<numeric_error>([&] { l.update(bad, 0); });
    CHECK(says(said, "update 2"));
    CHECK(says(said, "the parameters are as before"));
    CHECK(says(said, "lower the learning rate"));
    CHECK(digest(l) == before);
    CHECK(l.updates() == 1);
  }
  const snapshot start = snapshot::of(l);
  const double next = l.update(good, 0).loss;
  const std::uint64_t after = digest(l);
  start.restore(l);
  CHECK(l.update(good, 0).loss == next);
  CHECK(digest(l) == after);
}

TEST_CASE("a failed update leaves what prepare advances as it was") {
  using learner_type = learner<plain_world, odd::stateful<1>, conditioning::cosine<3>, head::plain<>>;
  context ctx{.threads = 1, .seed = 3};
  learner_type l(ctx, {.fractions = {4, 4, 4, 4}, .batch = 6});
  auto batch = random_batch<plain_world>(6, 1);
  l.update(batch, 0);
  const std::uint64_t before = digest(l);
  batch.reward[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(l.update(batch, 0), numeric_error);
  CHECK(digest(l) == before);
}
