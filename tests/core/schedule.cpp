// Schedules: values at, between, before and after knots; what is refused; what is printed.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include <iqnrl/core/schedule.hpp>

namespace {

using namespace iqnrl;

struct numbers {
  schedule discount = 0.99;
  schedule rate = 1;
};

std::string refusal(const auto& make) {
  try {
    (void)make();
  } catch (const config_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a number is a constant schedule") {
  const numbers n{.discount = 0.5F, .rate = 3U};
  CHECK(n.discount(0) == 0.5);
  CHECK(n.discount(std::numeric_limits<std::uint64_t>::max()) == 0.5);
  CHECK(n.rate(17) == 3);
  CHECK(n.discount.constant());
  CHECK(n.discount.describe() == "0.5");
  CHECK(schedule{} == schedule(0));
}

TEST_CASE("linear: straight lines, held at both ends") {
  const auto s = schedule::linear({{100, 1.0}, {300, 0.0}, {400, 5.0}});
  CHECK(s(0) == 1.0);
  CHECK(s(100) == 1.0);
  CHECK(s(150) == doctest::Approx(0.75));
  CHECK(s(300) == 0.0);
  CHECK(s(350) == doctest::Approx(2.5));
  CHECK(s(400) == 5.0);
  CHECK(s(1'000'000) == 5.0);
  CHECK(s.min() == 0.0);
  CHECK(s.max() == 5.0);
  CHECK(s.last() == 5.0);
  CHECK_FALSE(s.constant());
}

TEST_CASE("geometric: equal factors over equal times") {
  const auto s = schedule::geometric({{0, 1.0}, {4, 16.0}});
  for (std::uint64_t k = 0; k <= 4; ++k) CHECK(s(k) == doctest::Approx(static_cast<double>(1U << k)).epsilon(1e-14));
}

TEST_CASE("steps: a value holds from its step on") {
  const auto s = schedule::steps({{0, 1.0}, {10, 2.0}, {20, 3.0}});
  CHECK(s(9) == 1.0);
  CHECK(s(10) == 2.0);
  CHECK(s(19) == 2.0);
  CHECK(s(20) == 3.0);
}

TEST_CASE("approach: the recurrence e <- e - (e - to) / T") {
  const auto s = schedule::approach(1.0, 0.01, 200.0);
  double e = 1.0;
  for (std::uint64_t k = 0; k < 3000; ++k) {
    REQUIRE(s(k) == doctest::Approx(e).epsilon(1e-12));
    e -= (e - 0.01) / 200.0;
  }
  CHECK(s.last() == 0.01);
  CHECK(s.max() == 1.0);
  CHECK(schedule::approach(1.0, 0.01, 2e6)(2'000'000) == doctest::Approx(0.01 + 0.99 * std::exp(-1.0)).epsilon(1e-6));
}

TEST_CASE("schedules that make no sense are refused in a sentence") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(refusal([&] { return schedule(nan); }).find("nan") != std::string::npos);
  CHECK(refusal([&] { return schedule::linear({{0, infinity}}); }).find("knot 0") != std::string::npos);
  CHECK(refusal([] { return schedule::linear({{5, 1.0}, {5, 2.0}}); }).find("must increase") != std::string::npos);
  CHECK(refusal([] { return schedule::steps({{5, 1.0}, {4, 2.0}}); }).find("must increase") != std::string::npos);
  CHECK(refusal([] { return schedule::geometric({{0, 1.0}, {4, 0.0}}); }).find("above 0") != std::string::npos);
  CHECK(refusal([] { return schedule::linear({}); }).find("0 knots") != std::string::npos);
  CHECK(refusal([] {
          return schedule::linear({{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 1}});
        }).find("9 knots") != std::string::npos);
  CHECK(refusal([] { return schedule::approach(1, 0, 1.0); }).find("above 1") != std::string::npos);
  CHECK(refusal([&] { return schedule::approach(nan, 0, 10.0); }).find("knot 0") != std::string::npos);
  CHECK(refusal([&] { return schedule::approach(1, 0, nan); }).find("above 1") != std::string::npos);
}

TEST_CASE("ranges are checked over the whole course") {
  const auto s = schedule::linear({{0, 0.5}, {10, 1.5}});
  s.require_within(0, 2, "epsilon");
  try {
    s.require_within(0, 1, "epsilon");
    FAIL("a schedule that leaves its range was accepted");
  } catch (const config_error& e) {
    CHECK(std::string(e.what()) ==
          "epsilon is linear(0: 0.5, 10: 1.5), which takes the value 1.5; it must stay in [0, 1]");
  }
  CHECK_THROWS_AS(schedule::approach(1, -0.1, 100).require_within(0, 1, "epsilon"), config_error);
}

TEST_CASE("equality and words") {
  CHECK(schedule::linear({{0, 1}, {5, 2}}) == schedule::linear({{0, 1}, {5, 2}}));
  CHECK_FALSE(schedule::linear({{0, 1}, {5, 2}}) == schedule::steps({{0, 1}, {5, 2}}));
  static_assert(noexcept(schedule{} == schedule{}));
  CHECK(schedule::approach(1, 0.01, 2e6).describe() == "approach(from 1 to 0.01, time constant 2000000)");
  CHECK(schedule::geometric({{0, 1}, {5, 2}}).describe() == "geometric(0: 1, 5: 2)");
}

TEST_CASE("whole numbers") {
  CHECK_NOTHROW(schedule::linear({{0, 1.0}, {10, 0x1p53}}).require_whole(1, "capacity"));
  CHECK_NOTHROW(schedule(0).require_whole(0, "capacity"));
  CHECK_THROWS_AS(schedule(0).require_whole(1, "capacity"), config_error);
  CHECK_THROWS_AS(schedule(-3).require_whole(0, "capacity"), config_error);
  CHECK_THROWS_AS(schedule(0x1p54).require_whole(1, "capacity"), config_error);
  CHECK_THROWS_WITH_AS(
      schedule::linear({{0, 1.0}, {5, 2.5}, {9, 3.0}}).require_whole(1, "capacity"),
      "capacity is linear(0: 1, 5: 2.5, 9: 3), which takes the value 2.5; give whole numbers from 1 to 2^53",
      config_error);
}
