// What a handful of runs says, and how sure that is: the statistics of Agarwal et al., "Deep Reinforcement Learning at
// the Edge of the Statistical Precipice" (2021).
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/random.hpp>

namespace iqnrl {

/// From `low` to `high`.
struct interval {
  double low = 0;
  double high = 0;
};

namespace detail {

/// The values in order. Throws shape_error if there is none, numeric_error for a NaN or an infinity.
[[nodiscard]] inline std::vector<double> in_order(std::span<const double> values) {
  require<shape_error>(!values.empty(), "a statistic of no values was asked for; give at least one");
  for (std::size_t i = 0; i < values.size(); ++i) {
    require<numeric_error>(is_finite(values[i]), "value {} of a statistic is {}; give finite numbers", i, values[i]);
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

/// The quantile of sorted values at `level` in [0, 1], on a straight line between its neighbours.
[[nodiscard]] inline double quantile_of_sorted(std::span<const double> sorted, double level) {
  const double position = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace detail

/// The middle value, or the mean of the two middle ones. Throws shape_error for no values, numeric_error for a NaN or
/// an infinity.
[[nodiscard]] inline double median(std::span<const double> values) {
  const std::vector<double> sorted = detail::in_order(values);
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

/// The interquartile mean of Agarwal et al. 2021: the mean of the middle half. The floor(n / 4) lowest and as many
/// highest of n values are left out, whole values only, as `scipy.stats.trim_mean(values, 0.25)` and so rliable do; of
/// fewer than 4 values it is the plain mean. Throws shape_error for no values, numeric_error for a NaN or an infinity.
[[nodiscard]] inline double interquartile_mean(std::span<const double> values) {
  const std::vector<double> sorted = detail::in_order(values);
  const std::size_t cut = sorted.size() / 4;
  double sum = 0;
  for (std::size_t i = cut; i < sorted.size() - cut; ++i) sum += sorted[i];
  return sum / static_cast<double>(sorted.size() - 2 * cut);
}

/// The percentile bootstrap (Efron 1979): `statistic` of `repetitions` samples of as many values, drawn from the values
/// with replacement; the interval that leaves out (1 - level) / 2 of these at either end. A function of its arguments
/// alone.
///
///     const auto [low, high] = bootstrap_interval(returns, interquartile_mean, 1);
///
/// Throws shape_error for no values, numeric_error for a NaN or an infinity among the values or the statistics,
/// config_error for 0 repetitions and for a level outside (0, 1).
template <std::invocable<std::span<const double>> Statistic>
[[nodiscard]] interval bootstrap_interval(std::span<const double> values, Statistic&& statistic, std::uint64_t seed,
                                          std::size_t repetitions = 10'000, double level = 0.95) {
  require<config_error>(repetitions >= 1, "a bootstrap of 0 repetitions was asked for; 10000 is usual");
  require<config_error>(is_finite(level) && level > 0 && level < 1,
                        "the level of an interval is {}; give a number in (0, 1) such as 0.95", level);
  const std::vector<double> population = detail::in_order(values);
  require<shape_error>(population.size() <= 0xFFFFFFFFU,
                       "a bootstrap of {} values was asked for; give at most 2^32 - 1", population.size());
  constexpr stream resampling = stream::statistics;
  std::vector<double> sample(population.size());
  std::vector<double> found(repetitions);
  for (std::size_t r = 0; r < repetitions; ++r) {
    generator random(sequence{seed, resampling, r});
    for (double& x : sample) x = population[random.below(static_cast<std::uint32_t>(population.size()))];
    found[r] = statistic(std::span<const double>(sample));
  }
  const std::vector<double> sorted = detail::in_order(found);
  return {detail::quantile_of_sorted(sorted, (1 - level) / 2), detail::quantile_of_sorted(sorted, (1 + level) / 2)};
}

}  // namespace iqnrl
