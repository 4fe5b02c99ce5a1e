// Prioritised replay: frequencies, weights, golden cases, refusals.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/io/safetensors.hpp>
#include <iqnrl/replay/prioritized.hpp>

#include "chi_square.hpp"

namespace {

using namespace iqnrl;
using policy = replay::prioritized;
using sampler = policy::sampler;

sequence draw_number(std::uint64_t step) { return {.seed = 9, .purpose = stream::replay, .step = step}; }

std::vector<std::size_t> first_items(std::size_t n) {
  std::vector<std::size_t> index(n);
  for (std::size_t i = 0; i < n; ++i) index[i] = i;
  return index;
}

std::vector<std::size_t> as_index(const std::vector<std::int64_t>& v) { return {v.begin(), v.end()}; }
std::vector<float> as_float(const std::vector<double>& v) {
  std::vector<float> out;
  for (const double x : v) out.push_back(static_cast<float>(x));
  return out;
}

double error_of(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = std::max(difference, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return difference / (largest + 0.01);
}

}  // namespace

TEST_CASE("golden: per_*") {
  for (const std::string name : {"per_small", "per_alpha_half", "per_uniform", "per_large"}) {
    CAPTURE(name);
    const auto file = io::safetensors::read(std::string(IQNRL_GOLDEN_DIR) + "/" + name + ".safetensors");
    const auto number = [&](const char* key) { return std::stod(file.metadata().at(key)); };
    const auto capacity = static_cast<std::size_t>(number("capacity"));
    const auto size = static_cast<std::size_t>(number("size"));
    policy::config config{.capacity = capacity, .alpha = number("alpha"), .beta = number("beta"), .epsilon = 0};
    sampler s(config, capacity);
    config.normalise = false;
    sampler raw(config, capacity);
    auto priority = as_float(file.get<double>("in.priority"));
    priority.resize(size);
    for (sampler* one : {&s, &raw}) {
      for (std::size_t i = 0; i < size; ++i) one->ready(i);
      one->update(first_items(size), priority, {});
    }

    const auto compare_tree = [&](const std::string& suffix) {
      std::vector<double> leaf(capacity);
      for (std::size_t i = 0; i < capacity; ++i) leaf[i] = s.tree().leaf(i);
      CHECK(error_of(leaf, file.get<double>("out.leaf" + suffix)) <= 1e-11);
      CHECK(error_of({s.tree().total()}, file.get<double>("out.total" + suffix)) <= 1e-11);
    };
    compare_tree("");
    std::vector<double> probability(capacity);
    for (std::size_t i = 0; i < capacity; ++i) probability[i] = s.probability(i);
    CHECK(error_of(probability, file.get<double>("out.probability")) <= 1e-11);

    const auto uniforms = file.get<double>("in.uniform");
    std::vector<std::size_t> index(uniforms.size());
    std::vector<double> weight(uniforms.size());
    raw.sample<double>(uniforms, 0, index, weight);
    CHECK(index == as_index(file.get<std::int64_t>("out.index")));
    CHECK(error_of(weight, file.get<double>("out.weight_unnormalised")) <= 1e-11);
    s.sample<double>(uniforms, 0, index, weight);
    CHECK(index == as_index(file.get<std::int64_t>("out.index")));
    CHECK(error_of(weight, file.get<double>("out.weight")) <= 1e-11);

    s.update(as_index(file.get<std::int64_t>("in.update_index")), as_float(file.get<double>("in.update_priority")), {});
    compare_tree("_after");
    s.sample<double>(file.get<double>("in.uniform_after"), 0, index, weight);
    CHECK(index == as_index(file.get<std::int64_t>("out.index_after")));
  }
}

TEST_CASE("a million draws have the frequencies of the priorities") {
  constexpr std::size_t items = 101;
  sampler s({.capacity = items, .alpha = 0.6}, items);
  std::vector<float> priority(items);
  for (std::size_t i = 0; i < items; ++i) {
    s.ready(i);
    priority[i] = 0.05F + static_cast<float>(i * i % 37);
  }
  s.update(first_items(items), priority, {});

  const auto expected = [&](double alpha) {
    std::vector<double> e(items);
    double sum = 0;
    for (std::size_t i = 0; i < items; ++i) sum += e[i] = std::pow(static_cast<double>(priority[i]) + 1e-6, alpha);
    for (double& x : e) x *= 1e6 / sum;
    return e;
  };
  for (const std::size_t batch : {std::size_t{1}, std::size_t{32}}) {
    CAPTURE(batch);
    std::vector<std::uint64_t> counts(items, 0);
    std::vector<std::size_t> index(batch);
    std::vector<float> weight(batch);
    for (std::uint64_t step = 0; step < 1'000'000 / batch; ++step) {
      s.sample(draw_number(step), 0, index, weight);
      for (const std::size_t i : index) ++counts[i];
    }
    CHECK(chi_square_p(counts, expected(0.6)) > 1e-3);
    CHECK(chi_square_p(counts, expected(0.55)) < 1e-6);
  }
}

TEST_CASE("beta follows its schedule") {
  sampler s(
      {.capacity = 2, .alpha = 1, .beta = schedule::linear({{0, 0.0}, {100, 1.0}}), .epsilon = 0, .normalise = false},
      2);
  s.ready(0);
  s.ready(1);
  s.update(first_items(2), std::vector<float>{1.0F, 3.0F}, {});
  const std::vector<double> uniforms{0.1, 0.9};
  std::vector<std::size_t> index(2);
  std::vector<double> weight(2);
  for (const std::uint64_t clock : {0U, 25U, 50U, 100U, 1000U}) {
    s.sample<double>(uniforms, clock, index, weight);
    const double beta = std::min(1.0, static_cast<double>(clock) / 100.0);
    CHECK(index == first_items(2));
    CHECK(weight[0] == doctest::Approx(std::pow(2 * 0.25, -beta)));
    CHECK(weight[1] == doctest::Approx(std::pow(2 * 0.75, -beta)));
  }
}

TEST_CASE("which priority counts, and what a fresh step gets") {
  const std::vector<float> sums{4.0F, 16.0F, 4.0F};
  const std::vector<float> differences{9.0F, 25.0F, 1.0F};
  policy::config config{.capacity = 4, .alpha = 0.5, .epsilon = 0};
  sampler s(config, 4);
  s.ready(0);
  CHECK(s.tree().leaf(0) == 1.0);
  s.ready(1);
  s.ready(2);
  s.update(first_items(3), sums, differences);
  CHECK(s.tree().leaf(0) == doctest::Approx(2.0));
  s.ready(3);
  CHECK(s.tree().leaf(3) == doctest::Approx(4.0));
  s.remove(1);
  s.remove(3);
  s.ready(3);
  CHECK(s.tree().leaf(3) == doctest::Approx(4.0));

  config.form = replay::priority_form::mean_difference;
  config.fresh = replay::fresh_priority::twice_average;
  sampler t(config, 4);
  for (std::size_t i = 0; i < 3; ++i) {
    t.ready(i);
    CHECK(t.tree().leaf(i) == 1.0);
  }
  t.update(first_items(3), sums, differences);
  t.ready(3);
  CHECK(t.tree().leaf(3) == doctest::Approx(2.0 * (3.0 + 5.0 + 1.0) / 3.0));
  CHECK(t.size() == 4);
}

TEST_CASE("removed items are neither drawn nor revived") {
  sampler s({.capacity = 3, .alpha = 1}, 3);
  for (std::size_t i = 0; i < 3; ++i) s.ready(i);
  s.remove(1);
  s.remove(1);
  s.update(first_items(3), std::vector<float>{1.0F, 1000.0F, 1.0F}, {});
  CHECK(s.size() == 2);
  CHECK(s.tree().leaf(1) == 0);
  std::vector<std::size_t> index(500);
  std::vector<float> weight(500);
  s.sample(draw_number(1), 0, index, weight);
  CHECK(std::count(index.begin(), index.end(), 1U) == 0);
}

TEST_CASE("bad numbers are refused and change nothing") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(sampler({.capacity = 0}, 1), config_error);
  for (const double bad : {-0.1, 1.1, nan}) CHECK_THROWS_AS(sampler({.alpha = bad}, 3), config_error);
  CHECK_THROWS_AS(sampler({.beta = schedule::linear({{0, 0.4}, {9, 1.1}})}, 3), config_error);
  for (const double bad : {-1e-9, nan}) CHECK_THROWS_AS(sampler({.epsilon = bad}, 3), config_error);

  sampler s({.capacity = 3, .alpha = 1, .epsilon = 0}, 3);
  std::vector<std::size_t> index(2);
  std::vector<float> weight(2);
  CHECK_THROWS_AS(s.sample(draw_number(0), 0, index, weight), config_error);
  for (std::size_t i = 0; i < 3; ++i) s.ready(i);
  const auto before = digest(s);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -1.0F}) {
    CHECK_THROWS_AS(s.update(first_items(3), std::vector<float>{2.0F, bad, 2.0F}, {}), numeric_error);
  }
  CHECK_THROWS_AS(s.update(first_items(3), std::vector<float>{2.0F}, {}), shape_error);
  CHECK_THROWS_AS(s.update(std::vector<std::size_t>{3}, std::vector<float>{2.0F}, {}), shape_error);
  CHECK(digest(s) == before);
  s.update(first_items(3), std::vector<float>{0.0F, 0.0F, 0.0F}, {});
  CHECK_THROWS_AS(s.sample(draw_number(0), 0, index, weight), numeric_error);
}

TEST_CASE("a restored sampler draws the same") {
  const policy::config config{.capacity = 40};
  sampler a(config, 40);
  for (std::size_t i = 0; i < 40; ++i) a.ready(i);
  a.update(std::vector<std::size_t>{3, 7, 11}, std::vector<float>{5.0F, 0.5F, 50.0F}, {});
  a.remove(20);
  const auto saved = snapshot::of(a);
  sampler b(config, 40);
  saved.restore(b);
  std::vector<std::size_t> x(64);
  std::vector<std::size_t> y(64);
  std::vector<float> weight_x(64);
  std::vector<float> weight_y(64);
  a.sample(draw_number(1), 0, x, weight_x);
  b.sample(draw_number(1), 0, y, weight_y);
  CHECK(x == y);
  CHECK(weight_x == weight_y);
  a.ready(20);
  b.ready(20);
  CHECK(b.size() == 40);
  CHECK(digest(a) == digest(b));
}
