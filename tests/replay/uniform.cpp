// Uniform replay draws every drawable item equally often, and no other.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/uniform.hpp>

#include "chi_square.hpp"

namespace {

using namespace iqnrl;
using sampler = replay::uniform::sampler;

sequence draw_number(std::uint64_t step) { return {.seed = 5, .purpose = stream::replay, .step = step}; }

}  // namespace

TEST_CASE("a million draws are uniform") {
  constexpr std::size_t items = 100;
  sampler s({.capacity = items}, items);
  for (std::size_t i = 0; i < items; ++i) s.ready(i);
  for (std::size_t i = 0; i < items; i += 3) s.remove(i);
  std::vector<std::uint64_t> counts(items, 0);
  std::vector<std::size_t> index(1000);
  std::vector<float> weight(1000);
  for (std::uint64_t step = 0; step < 1000; ++step) {
    s.sample(draw_number(step), 0, index, weight);
    for (const std::size_t i : index) ++counts[i];
  }
  std::vector<std::uint64_t> drawable;
  for (std::size_t i = 0; i < items; ++i) {
    if (i % 3 == 0) {
      CHECK(counts[i] == 0);
    } else {
      drawable.push_back(counts[i]);
    }
  }
  const std::vector<double> expected(drawable.size(), 1e6 / static_cast<double>(drawable.size()));
  CHECK(s.size() == drawable.size());
  CHECK(chi_square_p(drawable, expected) > 1e-3);
  std::vector<double> skewed = expected;
  skewed[0] *= 1.1;
  skewed[1] *= 0.9;
  CHECK(chi_square_p(drawable, skewed) < 1e-6);
  for (const float w : weight) CHECK(w == 1.0F);
}

TEST_CASE("ready and remove in any order keep the set") {
  std::mt19937_64 random(3);
  constexpr std::size_t items = 23;
  sampler s({.capacity = items}, items);
  std::set<std::size_t> truth;
  std::vector<std::size_t> index(64);
  std::vector<float> weight(64);
  for (std::uint64_t step = 0; step < 5000; ++step) {
    const std::size_t item = random() % items;
    if (random() % 2 == 0) {
      s.ready(item);
      truth.insert(item);
    } else {
      s.remove(item);
      truth.erase(item);
    }
    REQUIRE(s.size() == truth.size());
    if (truth.empty()) {
      REQUIRE_THROWS_AS(s.sample(draw_number(step), 0, index, weight), config_error);
      continue;
    }
    s.sample(draw_number(step), 0, index, weight);
    for (const std::size_t i : index) REQUIRE(truth.count(i) == 1);
  }
}

TEST_CASE("a restored sampler draws the same") {
  sampler a({.capacity = 50}, 50);
  for (std::size_t i = 0; i < 50; ++i) a.ready(i);
  for (std::size_t i = 5; i < 20; ++i) a.remove(i);
  const auto saved = snapshot::of(a);
  sampler b({.capacity = 50}, 50);
  saved.restore(b);
  std::vector<std::size_t> x(100);
  std::vector<std::size_t> y(100);
  std::vector<float> weight(100);
  a.sample(draw_number(1), 0, x, weight);
  b.sample(draw_number(1), 0, y, weight);
  CHECK(x == y);
  a.remove(30);
  b.remove(30);
  CHECK(digest(a) == digest(b));
}

TEST_CASE("capacities that cannot be") {
  CHECK_THROWS_AS(sampler({.capacity = 0}, 1), config_error);
  CHECK_THROWS_AS(sampler({.capacity = 1}, std::size_t{1} << 40U), config_error);
}
