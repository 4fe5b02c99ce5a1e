// The law of behaviours on every behaviour of the library and on one of a user's own; how often each action is taken.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/testing/explore_laws.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <replay/chi_square.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// The p value of how often each of the allowed actions of one slot is taken in 20,000 draws.
template <class T, class P>
double fit(const P& p, const std::vector<T>& value, const std::vector<double>& probability) {
  const double draws = 20'000;
  std::vector<std::uint64_t> hits(value.size());
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(draws); ++i)
    ++hits[static_cast<std::size_t>(acted(p, value, 1, i)[0])];
  std::vector<std::uint64_t> counts;
  std::vector<double> expected;
  for (std::size_t a = 0; a < value.size(); ++a) {
    if (probability[a] == 0) {
      CHECK(hits[a] == 0);
      continue;
    }
    counts.push_back(hits[a]);
    expected.push_back(draws * probability[a]);
  }
  return chi_square_p(counts, expected);
}

explore::epsilon_greedy with_epsilon(double epsilon) { return explore::epsilon_greedy({.epsilon = epsilon}); }

struct never_random : explore::epsilon_greedy {
  never_random() : epsilon_greedy({.epsilon = 0.0}) {}
};

}  // namespace

TEST_CASE("only allowed actions, in every slot, at every random number") {
  for (const double epsilon : {0.0, 0.5, 1.0}) explore_laws<explore::epsilon_greedy>({.epsilon = epsilon});
  for (const double temperature : {0.7, 1e-6}) explore_laws<explore::boltzmann>({.temperature = temperature});
  explore_laws<explore::gaussian>({.epsilon = 0.2, .noisy = 0.5, .scale = 1.0});
  explore_laws<explore::noisy>({.epsilon = 0.5});
  explore_laws<explore::greedy>();
}

TEST_CASE("the epsilon of noisy layers ends") {
  const explore::noisy p({.epsilon = 1.0, .epsilon_ends = 7});
  CHECK(p.at(6).epsilon == 1);
  CHECK(p.at(7).epsilon == 0);
  CHECK(p.at(1'000'000).epsilon == 0);
}

TEST_CASE("a behaviour of a user's own: the last allowed action") { explore_laws<odd::last_legal>(); }

TEST_CASE_TEMPLATE("greedy behaviours take the first of the best", P, never_random, explore::greedy) {
  const P p{};
  for (std::uint64_t round = 0; round < 200; ++round) {
    auto value = noise<float>(12, round);
    for (std::size_t s = 0; s < 3; ++s) {
      const auto first = value.begin() + static_cast<std::ptrdiff_t>(4 * s);
      REQUIRE(acted(p, value, 3, round)[s] == static_cast<std::int32_t>(std::max_element(first, first + 4) - first));
    }
  }
}

TEST_CASE("ties go to the first") {
  CHECK(acted(never_random{}, std::vector<double>{1, 2, 2, 0, 2}, 1, 0)[0] == 1);
  CHECK(acted(explore::greedy{}, std::vector<double>{1, 2, 2, 0, 2}, 1, 0)[0] == 1);
}

TEST_CASE_TEMPLATE("epsilon-greedy: epsilon of all allowed actions, the rest the best", T, float, double) {
  const std::vector<T> value{T(0.5), illegal<T>, T(3), T(-1), T(2), illegal<T>};
  for (const double e : {1.0, 0.5, 0.1}) {
    CHECK(fit(with_epsilon(e), value, {e / 4, 0, 1 - e + e / 4, e / 4, e / 4, 0}) > 1e-4);
  }
  CHECK(acted(with_epsilon(0), value, 1, 0)[0] == 2);
}

TEST_CASE("epsilon-greedy: one coin for the block") {
  const std::vector<float> value{0, 9, 0, 9, 0, 0, 0, 0, 0, 9};
  std::uint64_t all = 0;
  const int draws = 4000;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const auto a = acted(with_epsilon(0.5), value, 2, i);
    all += a[0] == 1 && a[1] == 4 ? 1 : 0;
  }
  // both are best: with the coin of the block 1/2 + 1/2 1/25 = 0.52, with a coin each 0.36
  CHECK(static_cast<double>(all) / draws == doctest::Approx(0.52).epsilon(0.05));
}

TEST_CASE_TEMPLATE("boltzmann: the softmax of the allowed values", T, float, double) {
  const std::vector<T> value{T(0.5), illegal<T>, T(1.5), T(-1), T(1), illegal<T>};
  for (const double t : {0.5, 1.0, 30.0}) {
    std::vector<double> p(6, 0.0);
    double sum = 0;
    for (const std::size_t a : {0U, 2U, 3U, 4U}) sum += p[a] = std::exp(static_cast<double>(value[a]) / t);
    for (double& x : p) x /= sum;
    CHECK(fit(explore::boltzmann({.temperature = t}), value, p) > 1e-4);
  }
  const std::vector<T> extreme{T(-1e30), T(1e30), T(1e29)};
  CHECK(acted(explore::boltzmann({.temperature = 1e-3}), extreme, 1, 5)[0] == 1);
}

TEST_CASE_TEMPLATE("gaussian: random, noisy and greedy in their shares", T, float, double) {
  // two actions whose values differ by d: noise of deviation s on both prefers the worse one with P(N > d / (s sqrt 2))
  const std::vector<T> value{T(1), T(0), illegal<T>};
  const double worse = 0.5 * std::erfc(1 / (0.8 * std::sqrt(2.0)) / std::sqrt(2.0));
  const double p = 0.2 * 0.5 + 0.5 * worse;
  CHECK(fit(explore::gaussian({.epsilon = 0.2, .noisy = 0.5, .scale = 0.8}), value, {1 - p, p, 0}) > 1e-4);
  CHECK(acted(explore::gaussian({.epsilon = 0.0, .noisy = 1.0, .scale = 0.0}), value, 1, 3)[0] == 0);
}

TEST_CASE("schedules are read at the environment step, and refused outside their range") {
  const explore::epsilon_greedy p({.epsilon = schedule::linear({{0, 1.0}, {100, 0.0}})});
  CHECK(p.at(0).epsilon == 1.0);
  CHECK(p.at(50).epsilon == doctest::Approx(0.5));
  CHECK(p.at(1000).epsilon == 0.0);
  CHECK(says(refusal<config_error>([] { with_epsilon(1.5); }), "explore.epsilon is 1.5"));
  CHECK(says(refusal<config_error>([] { const explore::boltzmann b({.temperature = 0.0}); }),
             "explore.temperature is 0"));
  CHECK(says(refusal<config_error>([] { const explore::gaussian b({.noisy = -0.1}); }), "explore.noisy is -0.1"));
  CHECK(says(refusal<config_error>([] { const explore::gaussian b({.scale = -1}); }), "explore.scale is -1"));
}
