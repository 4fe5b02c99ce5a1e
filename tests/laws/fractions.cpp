// The law of fractions: as many as asked for, inside [0, 1], where each policy says, from random numbers at both ends
// of their range too.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/quantile/fractions.hpp>
#include <replay/chi_square.hpp>
#include <support/policies.hpp>
#include <support/refusal.hpp>
#include <support/rows.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

constexpr std::array uses{fraction_use::online, fraction_use::target, fraction_use::select, fraction_use::act};

/// One draw of `count` fractions; random numbers come from a sequence, or are all `u`.
template <class T, class P>
std::vector<T> drawn(const P& p, std::size_t count, std::uint64_t step, double u = -1) {
  std::vector<T> random(p.randoms(count));
  for (std::size_t i = 0; i < random.size(); ++i) {
    random[i] = u < 0 ? uniform<T>(sequence{1, stream::fractions, step}, i) : static_cast<T>(u);
  }
  std::vector<T> tau(count, T(-1));
  p(0, row_on(tau), row_on(std::as_const(random)));
  return tau;
}

using midpoints_1 = fractions::midpoints<1>;
using midpoints_5 = fractions::midpoints<5>;
using midpoints_200 = fractions::midpoints<200>;

}  // namespace

TYPE_TO_STRING(midpoints_5);

TEST_CASE_TEMPLATE_DEFINE("counts are positive, fractions in [0, 1] and spread without a bias", P, fraction_laws) {
  static_assert(check_fractions<P>());
  const P p{typename P::config{}};
  for (const fraction_use use : uses) {
    const std::size_t count = p.count(use);
    CHECK(count >= 1);
    if (P::fixed > 0) CHECK(count == P::fixed);
    if (P::fixed > 0) CHECK(p.randoms(count) == 0);
    double sum = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
      for (const double t : drawn<double>(p, count, step)) {
        REQUIRE(t > 0);
        REQUIRE(t < 1);
        sum += t;
      }
      for (const float t : drawn<float>(p, count, step)) {
        REQUIRE(t >= 0);
        REQUIRE(t <= 1);
      }
    }
    if (P::fixed != 1) CHECK(sum / (200.0 * static_cast<double>(count)) == doctest::Approx(0.5).epsilon(0.02));
    for (const double end : {0.0, 1.0 - 0x1p-24}) {
      for (const float t : drawn<float>(p, count, 0, end)) {
        CHECK(t >= 0);
        CHECK(t <= 1);
      }
    }
    CHECK(drawn<float>(p, count, 3) == drawn<float>(p, count, 3));
  }
}
TEST_CASE_TEMPLATE_INVOKE(fraction_laws, fractions::uniform, fractions::stratified, fractions::mirrored, midpoints_1,
                          midpoints_5, midpoints_200, odd::one_point, fractions::archetype);

TEST_CASE_TEMPLATE("uniform fractions are the random numbers", T, float, double) {
  const fractions::uniform p(fractions::counts{});
  CHECK(drawn<T>(p, 4, 0, 0.375) == std::vector<T>(4, T(0.375)));
  std::vector<std::uint64_t> cells(50);
  for (std::uint64_t step = 0; step < 2000; ++step) {
    for (const T t : drawn<T>(p, 10, step)) ++cells[static_cast<std::size_t>(t * 50)];
  }
  CHECK(chi_square_p(cells, std::vector<double>(50, 400.0)) > 1e-4);
}

TEST_CASE_TEMPLATE("stratified fractions have one in each stratum, uniform inside", T, float, double) {
  const fractions::stratified p(fractions::counts{});
  for (const std::size_t count : {1U, 2U, 7U, 8U, 33U, 64U}) {
    std::vector<std::uint64_t> cells(10);
    for (std::uint64_t step = 0; step < 200; ++step) {
      const auto tau = drawn<T>(p, count, step);
      for (std::size_t k = 0; k < count; ++k) {
        const double inside = static_cast<double>(tau[k]) * static_cast<double>(count) - static_cast<double>(k);
        REQUIRE(inside > -1e-4);
        REQUIRE(inside < 1 + 1e-4);
        ++cells[static_cast<std::size_t>(std::clamp(inside * 10, 0.0, 9.5))];
      }
    }
    CHECK(chi_square_p(cells, std::vector<double>(10, 20.0 * static_cast<double>(count))) > 1e-4);
    const auto low = drawn<T>(p, count, 0, 0.0);
    for (std::size_t k = 0; k < count; ++k) CHECK(low[k] == static_cast<T>(k) / static_cast<T>(count));
  }
}

TEST_CASE_TEMPLATE("mirrored fractions come in pairs that sum to 1, the lower half stratified", T, float, double) {
  const fractions::mirrored p(fractions::counts{});
  for (const std::size_t count : {2U, 8U, 64U}) {
    CHECK(p.randoms(count) == count / 2);
    for (std::uint64_t step = 0; step < 100; ++step) {
      const auto tau = drawn<T>(p, count, step);
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
  CHECK(drawn<T>(p, 5, 0) == std::vector<T>{T(0.5) / 5, T(1.5) / 5, T(2.5) / 5, T(3.5) / 5, T(4.5) / 5});
  CHECK(drawn<T>(midpoints_1(midpoints_1::config{}), 1, 0) == std::vector<T>{T(0.5)});
  CHECK(drawn<T>(midpoints_200(midpoints_200::config{}), 200, 0)[137] == T(137.5) / T(200));
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
