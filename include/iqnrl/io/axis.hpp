// Where things stand in a chart: the range of an axis, its ticks and what they say, labels that must not overlap.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/core/finite.hpp>

namespace iqnrl::io::detail {

/// The smallest of 1, 2 and 5 times a power of ten that is not below `step`.
[[nodiscard]] inline double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/// A number as short as it may be while ticks `step` apart on an axis up to `largest` still differ: 0.25, 10k, 1.5M,
/// 2e15.
[[nodiscard]] inline std::string tick_label(double value, double step, double largest) {
  if (std::abs(value) < step * 1e-6) value = 0;
  const auto decimals = [](double s) { return std::max(0, static_cast<int>(-std::floor(std::log10(s) + 1e-9))); };
  std::string text;
  if (largest >= 1e12 || largest < 1e-3) {
    const double digits = std::floor(std::log10(largest) + 1e-9) - std::floor(std::log10(step) + 1e-9) + 1;
    text = value == 0 ? "0" : fmt::format("{:.{}e}", value, std::max(0, static_cast<int>(digits) - 1));
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos) {
      const int power = std::stoi(text.substr(exponent + 1));
      text.resize(exponent);
      if (text.find('.') != std::string::npos) text.resize(text.find_last_not_of("0.") + 1);
      text += fmt::format("e{}", power);
    }
  } else if (largest >= 1e4 && std::abs(value) >= 1e3) {
    const bool giga = std::abs(value) >= 1e9;
    const bool mega = std::abs(value) >= 1e6;
    const double unit = giga ? 1e9 : mega ? 1e6 : 1e3;
    text = fmt::format("{:.{}f}", value / unit, decimals(step / unit));
    if (text.find('.') != std::string::npos) text.resize(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    text += giga ? 'G' : mega ? 'M' : 'k';
  } else {
    text = value == 0 && largest >= 1e4 ? "0" : fmt::format("{:.{}f}", value, decimals(step));
  }
  if (text.front() == '-') text.replace(0, 1, "\xE2\x88\x92");  // a minus sign, wider than a hyphen
  return text;
}

/// A linear axis from `low` to `high` with ticks at multiples of a round step.
struct axis {
  double low = 0;
  double high = 1;
  double step = 1;
  std::vector<double> ticks;
  std::vector<std::string> labels;

  /// Where a value lies: 0 at `low`, 1 at `high`.
  [[nodiscard]] double at(double value) const { return (value / 2 - low / 2) / (high / 2 - low / 2); }
};

/// An axis that shows low to high in about `intervals` intervals. A range too narrow to tell its ends apart is widened.
/// `rounded` moves the ends outwards to ticks, unless most of an interval would stay empty, and else a little.
[[nodiscard]] inline axis make_axis(double low, double high, int intervals, bool rounded) {
  const double size = std::max(std::abs(low), std::abs(high));
  if (high / 2 - low / 2 <= std::max(size * 1e-12, 1e-290)) {
    constexpr double largest = std::numeric_limits<double>::max();
    const double margin = size > 1e-280 ? size / 10 : 1;
    low = std::max(low - margin, -largest);
    high = std::min(high + margin, largest);
  }
  axis a{low, high, round_step(high / intervals - low / intervals), {}, {}};
  if (rounded) {
    const auto outwards = [&](double end, double direction) {
      const double tick = direction * std::ceil(direction * end / a.step - 1e-9) * a.step;
      const bool too_far = std::abs(tick - end) > 0.75 * a.step;
      const double moved = too_far ? end + direction * a.step / 10 : tick;
      return is_finite(moved) ? moved : end;
    };
    a.low = outwards(low, -1);
    a.high = outwards(high, 1);
  }
  const double first = std::ceil(a.low / a.step - 1e-9);
  const double last = std::floor(a.high / a.step + 1e-9);
  const double reach = std::max(std::abs(a.low), std::abs(a.high));
  for (double i = first; i <= last; ++i) {
    a.ticks.push_back(i * a.step);
    a.labels.push_back(tick_label(a.ticks.back(), a.step, reach));
  }
  return a;
}

/// Moves positions apart to at least `gap`, keeping their order and as near as possible to where they were, within
/// [low, high].
inline void spread(std::vector<double>& positions, double gap, double low, double high) {
  struct cluster {
    double sum = 0;  // of the first position that each member asks for
    double count = 0;
    double first = 0;
  };
  std::vector<std::size_t> order(positions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return positions[a] < positions[b]; });
  std::vector<cluster> clusters;
  for (const std::size_t i : order) {
    cluster c{positions[i], 1, std::clamp(positions[i], low, high)};
    while (!clusters.empty() && c.first < clusters.back().first + clusters.back().count * gap) {
      const cluster& before = clusters.back();
      c.sum += before.sum - c.count * before.count * gap;
      c.count += before.count;
      c.first = std::clamp(c.sum / c.count, low, std::max(low, high - (c.count - 1) * gap));
      clusters.pop_back();
    }
    clusters.push_back(c);
  }
  std::size_t next = 0;
  for (const cluster& c : clusters) {
    for (double k = 0; k < c.count; ++k) positions[order[next++]] = c.first + k * gap;
  }
}

}  // namespace iqnrl::io::detail
