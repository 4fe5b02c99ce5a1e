// A number that changes with the step count.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>

namespace iqnrl {

/// A number as a function of a step. A plain number is the constant schedule, so that a config takes either:
/// `.discount = 0.99f` or `.discount = schedule::linear({{0, 0.99}, {1'000'000, 0.997}})`.
///
/// A value without heap memory: at most `max_knots` knots. It holds its first value before the first knot and its last
/// value after the last one.
class schedule {
 public:
  /// From `step` on (`steps`), or at it (`linear`, `geometric`), the schedule has `value`.
  struct knot {
    std::uint64_t step = 0;
    double value = 0;
    bool operator==(const knot&) const = default;
  };

  static constexpr std::size_t max_knots = 8;

  constexpr schedule() = default;

  /// The same number at every step. Throws config_error for a NaN or an infinity.
  template <class T>
  requires(std::is_arithmetic_v<T> &&
           !std::is_same_v<T, bool>) constexpr schedule(T value) {  // NOLINT(google-explicit-constructor)
    knots_[0] = {0, static_cast<double>(value)};
    require<config_error>(is_finite(knots_[0].value),
                          "a schedule was given {}; every value of it must be a finite number", knots_[0].value);
  }

  /// Straight lines between the knots. Steps must increase; throws config_error.
  [[nodiscard]] static schedule linear(std::initializer_list<knot> knots) { return {shape::linear, knots}; }

  /// Straight lines between the knots' logarithms: a (b/a)^t. Values must be above 0; throws config_error.
  [[nodiscard]] static schedule geometric(std::initializer_list<knot> knots) { return {shape::geometric, knots}; }

  /// A staircase: each value holds from its step to the next knot's. Throws config_error.
  [[nodiscard]] static schedule steps(std::initializer_list<knot> knots) { return {shape::steps, knots}; }

  /// to + (from - to) (1 - 1/T)^step with T = `time_constant` in steps, above 1: after T steps about 63 % of the way is
  /// done, and `to` is never reached. Throws config_error.
  [[nodiscard]] static schedule approach(double from, double to, double time_constant) {
    require<config_error>(is_finite(time_constant) && time_constant > 1,
                          "the time constant of schedule::approach is {}; it is a number of steps and must be above 1",
                          time_constant);
    schedule s(shape::approach, {{0, from}, {1, to}});
    s.time_constant_ = time_constant;
    return s;
  }

  /// The value at `step`.
  [[nodiscard]] double operator()(std::uint64_t step) const {
    if (shape_ == shape::approach) {
      const double left = std::exp(static_cast<double>(step) * std::log1p(-1.0 / time_constant_));
      return knots_[1].value + (knots_[0].value - knots_[1].value) * left;
    }
    std::size_t next = 0;
    while (next < count_ && knots_[next].step <= step) ++next;
    if (next == 0) return knots_[0].value;
    const knot& a = knots_[next - 1];
    if (next == count_ || shape_ == shape::steps) return a.value;
    const knot& b = knots_[next];
    const double t = static_cast<double>(step - a.step) / static_cast<double>(b.step - a.step);
    if (shape_ == shape::geometric) return a.value * std::pow(b.value / a.value, t);
    return a.value + t * (b.value - a.value);
  }

  /// The value it starts with.
  [[nodiscard]] double first() const { return knots_[0].value; }

  /// The value it ends with; for `approach` the one that it tends to.
  [[nodiscard]] double last() const { return knots_[count_ - 1].value; }

  /// The least and the greatest value that it takes (for `approach`, its limit included).
  [[nodiscard]] double min() const { return std::ranges::min(values(), {}, &knot::value).value; }
  [[nodiscard]] double max() const { return std::ranges::max(values(), {}, &knot::value).value; }

  /// Whether it has the same value at every step.
  [[nodiscard]] bool constant() const { return !(min() < max()); }

  /// Throws config_error, naming `what`, unless every value lies in [low, high].
  void require_within(double low, double high, std::string_view what) const {
    const double outside = min() < low ? min() : max();
    require<config_error>(outside >= low && outside <= high,
                          "{} is {}, which takes the value {}; it must stay in [{}, {}]", what, describe(), outside,
                          low, high);
  }

  /// Throws config_error, naming `what`, unless every knot has a whole number of `low` or more. Between the knots, who
  /// counts with it rounds down.
  void require_whole(std::uint64_t low, std::string_view what) const {
    constexpr double high = 0x1p53;
    for (const knot& k : values()) {
      require<config_error>(k.value >= static_cast<double>(low) && k.value <= high && !(std::floor(k.value) < k.value),
                            "{} is {}, which takes the value {}; give whole numbers from {} to 2^53", what, describe(),
                            k.value, low);
    }
  }

  /// In words: `0.99`, `linear(0: 1, 10000: 0.01)`, `approach(from 1 to 0.01, time constant 2000000)`.
  [[nodiscard]] std::string describe() const {
    if (shape_ == shape::approach) {
      return fmt::format("approach(from {} to {}, time constant {})", first(), last(), time_constant_);
    }
    if (count_ == 1) return fmt::format("{}", first());
    std::string text(name(shape_));
    for (std::size_t i = 0; i < count_; ++i) {
      text += fmt::format("{}{}: {}", i == 0 ? "(" : ", ", knots_[i].step, knots_[i].value);
    }
    return text + ")";
  }

  /// Same shape and same numbers.
  bool operator==(const schedule&) const noexcept = default;

 private:
  enum class shape : std::uint8_t { linear, geometric, steps, approach };

  static constexpr std::string_view name(shape s) {
    constexpr std::array<std::string_view, 4> names{"linear", "geometric", "steps", "approach"};
    return names[static_cast<std::size_t>(s)];
  }

  [[nodiscard]] std::span<const knot> values() const { return {knots_.data(), count_}; }

  schedule(shape s, std::initializer_list<knot> knots) : count_(knots.size()), shape_(s) {
    require<config_error>(count_ >= 1 && count_ <= max_knots,
                          "schedule::{} was given {} knots; it takes 1 to {} of them, each {{step, value}}", name(s),
                          count_, max_knots);
    std::copy(knots.begin(), knots.end(), knots_.begin());
    for (std::size_t i = 0; i < count_; ++i) {
      require<config_error>(is_finite(knots_[i].value),
                            "knot {} of schedule::{} has the value {}; give a finite number", i, name(s),
                            knots_[i].value);
      require<config_error>(
          s != shape::geometric || knots_[i].value > 0,
          "knot {} of schedule::geometric has the value {}; values must be above 0 (use linear to reach 0)", i,
          knots_[i].value);
      require<config_error>(i == 0 || knots_[i].step > knots_[i - 1].step,
                            "knot {} of schedule::{} is at step {} and the one before at step {}; steps must increase",
                            i, name(s), knots_[i].step, knots_[i == 0 ? 0 : i - 1].step);
    }
  }

  std::array<knot, max_knots> knots_{};
  std::size_t count_ = 1;
  double time_constant_ = 0;
  shape shape_ = shape::linear;
};

}  // namespace iqnrl
