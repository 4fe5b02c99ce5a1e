// The law of fractions on every policy of the library and on one of a user's own; where each of them says they lie.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/quantile/fractions.hpp>
#include <iqnrl/testing/fractions_laws.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <replay/chi_square.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

using midpoints_1 = fractions::midpoints<1>;
using midpoints_5 = fractions::midpoints<5>;
using midpoints_200 = fractions::midpoints<200>;

}  // namespace

TYPE_TO_STRING(midpoints_5);

TEST_CASE("counts are positive and fractions in [0, 1]") {
  fractions_laws<fractions::uniform>();
  fractions_laws<fractions::stratified>();
  fractions_laws<fractions::mirrored>();
  fractions_laws<midpoints_1>();
  fractions_laws<midpoints_200>();
  fractions_laws<fractions::archetype>();
}

TEST_CASE("a policy of a user's own: one point") { fractions_laws<odd::one_point>({.at = 1}); }

TEST_CASE_TEMPLATE("no policy has a bias, and none draws an end", P, fractions::uniform, fractions::stratified,
                   fractions::mirrored, midpoints_5) {
  const P p{typename P::config{}};
  for (const fraction_use use : fraction_uses) {
    const std::size_t count = p.count(use);
    double sum = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
      for (const double t : drawn_fractions<double>(p, count, step)) {
        REQUIRE((t > 0 && t < 1));
        sum += t;
      }
    }
    CHECK(sum / (200.0 * static_cast<double>(count)) == doctest::Approx(0.5).epsilon(0.02));
  }
}

TEST_CASE_TEMPLATE("uniform fractions are the random numbers", T, float, double) {
  const fractions::uniform p(fractions::counts{});
  CHECK(drawn_fractions<T>(p, 4, 0, 0.375) == std::vector<T>(4, T(0.375)));
  std::vector<std::uint64_t> cells(50);
  for (std::uint64_t step = 0; step < 2000; ++step) {
    for (const T t : drawn_fractions<T>(p, 10, step)) ++cells[static_cast<std::size_t>(t * 50)];
  }
  CHECK(chi_square_p(cells, std::vector<double>(50, 400.0)) > 1e-4);
}

TEST_CASE_TEMPLATE("stratified fractions have one in each stratum, uniform inside", T, float, double) {
  const fractions::stratified p(fractions::counts{});
  for (const std::size_t count : {1U, 2U, 7U, 8U, 33U, 64U}) {
    std::vector<std::uint64_t> cells(10);
    for (std::uint64_t step = 0; step < 200; ++step) {
      const auto tau = drawn_fractions<T>(p, count, step);
      for (std::size_t k = 0; k < count; ++k) {
        const double inside = static_cast<double>(tau[k]) * static_cast<double>(count) - static_cast<double>(k);
        REQUIRE(inside > -1e-4);
        REQUIRE(inside < 1 + 1e-4);
        ++cells[static_cast<std::size_t>(std::clamp(inside * 10, 0.0, 9.5))];
      }
    }
    CHECK(chi_square_p(cells, std::vector<double>(10, 20.0 * static_cast<double>(count))) > 1e-4);
    const auto low = drawn_fractions<T>(p, count, 0, 0.0);
    for (std::size_t k = 0; k < count; ++k) CHECK(low[k] == static_cast<T>(k) / static_cast<T>(count));
  }
}

TEST_CASE_TEMPLATE("mirrored fractions come in pairs that sum to 1, the lower half stratified", T, float, double) {
  const fractions::mirrored p(fractions::counts{});
  for (const std::size_t count : {2U, 8U, 64U}) {
    CHECK(p.randoms(count) == count / 2);
    for (std::uint64_t step = 0; step < 100; ++step) {
      const auto tau = drawn_fractions<T>(p, count, step);
      for (std::size_t j = 0; j < count / 2; ++j) {
        CHECK(tau[j] + tau[count / 2 + j] == doctest::Approx(1).epsilon(1e-7));
        CHECK(static_cast<double>(tau[j]) >= static_cast<double>(j) / static_cast<double>(count) - 1e-6);
        CHECK(static_cast<double>(tau[j]) <= static_cast<double>(j + 1) / static_cast<double>(count) + 1e-6);
      }
    }
  }
}

TEST_CASE_TEMPLATE("midpoints are exact", T, float, double) {
  const midpoints_5 p(midpoints_5::config{});
  CHECK(drawn_fractions<T>(p, 5, 0) == std::vector<T>{T(0.5) / 5, T(1.5) / 5, T(2.5) / 5, T(3.5) / 5, T(4.5) / 5});
  CHECK(drawn_fractions<T>(midpoints_1(midpoints_1::config{}), 1, 0) == std::vector<T>{T(0.5)});
  CHECK(drawn_fractions<T>(midpoints_200(midpoints_200::config{}), 200, 0)[137] == T(137.5) / T(200));
}

TEST_CASE_TEMPLATE("drawn fractions: counts by use, none is 0", P, fractions::uniform, fractions::stratified,
                   fractions::mirrored) {
  const P p({.online = 2, .target = 4, .select = 6, .act = 8});
  CHECK(p.count(fraction_use::online) == 2);
  CHECK(p.count(fraction_use::target) == 4);
  CHECK(p.count(fraction_use::select) == 6);
  CHECK(p.count(fraction_use::act) == 8);
  const auto said = [](const fractions::counts& c) { return refusal<config_error>([&] { const P bad(c); }); };
  CHECK(says(said({.online = 0}), "fractions.online is 0; draw at least one fraction"));
  CHECK(says(said({.target = 0}), "fractions.target is 0"));
  CHECK(says(said({.select = 0}), "fractions.select is 0"));
  CHECK(says(said({.act = 0}), "fractions.act is 0"));
}

TEST_CASE("mirrored counts are even") {
  const auto said = refusal<config_error>([] { const fractions::mirrored p({.select = 7}); });
  CHECK(says(said, "fractions.select is 7; mirrored fractions come in pairs, so make it even"));
}
