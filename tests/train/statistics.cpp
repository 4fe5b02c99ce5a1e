#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/train/statistics.hpp>

namespace {

using iqnrl::bootstrap_interval;
using iqnrl::interquartile_mean;
using iqnrl::median;

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> numbers(std::size_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the median is the middle value or the mean of the two middle ones, in whatever order they come") {
  CHECK(median(std::array{7.0}) == 7.0);
  CHECK(median(std::array{9.0, 1.0}) == 5.0);
  CHECK(median(std::array{3.0, 100.0, -2.0}) == 3.0);
  CHECK(median(std::array{8.0, 2.0, 4.0, 1000.0}) == 6.0);
}

TEST_CASE("the interquartile mean leaves out a whole number of values at either end") {
  CHECK(interquartile_mean(std::array{5.0}) == 5.0);
  CHECK(interquartile_mean(std::array{1.0, 4.0}) == 2.5);
  CHECK(interquartile_mean(std::array{1.0, 2.0, 9.0}) == 4.0);
  CHECK(interquartile_mean(std::array{1.0, 2.0, 3.0, 100.0}) == 2.5);
  CHECK(interquartile_mean(std::array{0.0, 10.0, 11.0, 15.0, 900.0}) == 12.0);
  CHECK(interquartile_mean(std::array{0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0}) == doctest::Approx(31.0 / 5));
  CHECK(interquartile_mean(std::array{0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0}) == 7.5);
  CHECK(interquartile_mean(std::array{16.0, 64.0, 0.0, 8.0, 2.0, 32.0, 1.0, 4.0}) == 7.5);
}

TEST_CASE("the interquartile mean of twenty seeds ignores the five worst and is exact for equal ones") {
  std::vector<double> returns(20, 500.0);
  for (std::size_t i = 0; i < 5; ++i) returns[3 * i] = 10.0 * static_cast<double>(i);
  CHECK(interquartile_mean(returns) == 500.0);
  returns[1] = 470.0;
  CHECK(interquartile_mean(returns) == 497.0);
}

TEST_CASE("a bootstrap interval of a mean of zeros and ones has the quantiles of the binomial distribution") {
  // Binomial(20, 1/2): P(X <= 5) = 0.0207 and P(X <= 6) = 0.0577; P(X <= 7) = 0.1316 and P(X <= 8) = 0.2517
  std::vector<double> coins(20, 0.0);
  for (std::size_t i = 0; i < 10; ++i) coins[2 * i] = 1.0;
  const auto wide = bootstrap_interval(coins, mean, 1, 100'000, 0.95);
  CHECK(wide.low == doctest::Approx(6.0 / 20));
  CHECK(wide.high == doctest::Approx(14.0 / 20));
  const auto narrow = bootstrap_interval(coins, mean, 2, 100'000, 0.6);
  CHECK(narrow.low == doctest::Approx(8.0 / 20));
  CHECK(narrow.high == doctest::Approx(12.0 / 20));
}

TEST_CASE("a bootstrap interval of a mean of many numbers is that of the central limit theorem") {
  const auto [low, high] = bootstrap_interval(numbers(100), mean, 3);
  const double error = std::sqrt((100.0 * 100.0 - 1) / 12) / 10;
  CHECK(low == doctest::Approx(50.5 - 1.96 * error).epsilon(0.005));
  CHECK(high == doctest::Approx(50.5 + 1.96 * error).epsilon(0.005));
}

TEST_CASE("equal values leave nothing to doubt") {
  const auto [low, high] = bootstrap_interval(std::vector<double>(7, 500.0), interquartile_mean, 1, 100);
  CHECK(low == 500.0);
  CHECK(high == 500.0);
}

TEST_CASE("a bootstrap interval is a function of the seed and of the set of values") {
  const auto values = numbers(11);
  const std::vector<double> backwards(values.rbegin(), values.rend());
  const auto a = bootstrap_interval(values, mean, 1, 500);
  const auto b = bootstrap_interval(backwards, mean, 1, 500);
  const auto c = bootstrap_interval(values, mean, 2, 500);
  CHECK(a.low == b.low);
  CHECK(a.high == b.high);
  CHECK((a.low != c.low || a.high != c.high));
}

TEST_CASE("statistics refuse what has none") {
  const std::vector<double> none;
  CHECK_THROWS_AS((void)median(none), iqnrl::shape_error);
  CHECK_THROWS_AS((void)interquartile_mean(none), iqnrl::shape_error);
  CHECK_THROWS_AS((void)bootstrap_interval(none, mean, 1), iqnrl::shape_error);
  CHECK_THROWS_AS((void)median(std::array{1.0, not_a_number}), iqnrl::numeric_error);
  CHECK_THROWS_AS((void)interquartile_mean(std::array{infinity, 1.0}), iqnrl::numeric_error);
  CHECK_THROWS_AS((void)bootstrap_interval(std::array{not_a_number}, mean, 1), iqnrl::numeric_error);
  CHECK_THROWS_AS((void)bootstrap_interval(
                      std::array{1.0}, [](std::span<const double>) { return not_a_number; }, 1),
                  iqnrl::numeric_error);
  CHECK_THROWS_AS((void)bootstrap_interval(std::array{1.0}, mean, 1, 0), iqnrl::config_error);
  for (const double level : {0.0, 1.0, -0.5, not_a_number}) {
    CHECK_THROWS_AS((void)bootstrap_interval(std::array{1.0}, mean, 1, 10, level), iqnrl::config_error);
  }
}
