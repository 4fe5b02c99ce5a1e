// A picture of a whole CartPole episode: the cart and its pole, their angle and their position over time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <numbers>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <cartpole/cartpole.hpp>
#include <common/drawing.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>

namespace example {

namespace detail {

/// Draws one episode as SVG.
class film_strip : drawing {
 public:
  explicit film_strip(std::span<const cartpole::numbers> episode) : episode_(episode) {
    for (const cartpole::numbers& state : episode) {
      largest_x_ = std::max(largest_x_, std::abs(state[0]));
      largest_angle_ = std::max(largest_angle_, std::abs(degrees(state[2])));
    }
  }

  [[nodiscard]] std::string draw(std::string_view title) {
    begin(650, title, summary(), "0 s", fmt::format("{:.3g} s", seconds()));
    time_grid();
    film();
    plot(angle_top, "angle", "°", {1, 2, 3, 5, 10, 15, 30, 60, 180}, degrees(cartpole::theta_limit), largest_angle_,
         [](const cartpole::numbers& s) { return degrees(s[2]); });
    plot(position_top, "position", " m", {0.1, 0.2, 0.3, 0.5, 1, 2, 3}, cartpole::x_limit, largest_x_,
         [](const cartpole::numbers& s) { return s[0]; });
    return end();
  }

 private:
  static constexpr double film_top = 108;
  static constexpr double ground = 278;
  static constexpr double metre = 118;  // of the carts and poles
  static constexpr double angle_top = 356;
  static constexpr double position_top = 500;
  static constexpr double plot_height = 100;

  [[nodiscard]] static double degrees(double radians) { return radians * 180 / std::numbers::pi; }

  [[nodiscard]] double last() const { return static_cast<double>(episode_.size() - 1); }
  [[nodiscard]] double seconds() const { return last() * cartpole::seconds_per_step; }
  [[nodiscard]] bool fell() const {
    return std::abs(episode_.back()[0]) > cartpole::x_limit || std::abs(episode_.back()[2]) > cartpole::theta_limit;
  }

  [[nodiscard]] std::string summary() const {
    const std::size_t steps = episode_.size() - 1;
    return fmt::format("{} {:.3g} s ({} step{})   ·   largest angle {:.1f}°   ·   largest offset {:.2f} m",
                       fell() ? "Lost after" : "Kept upright for", seconds(), steps, steps == 1 ? "" : "s",
                       largest_angle_, largest_x_);
  }

  /// The cart at even times, each on its place of the time axis, with the trail of its last moments.
  void film() {
    const int frames = static_cast<int>(std::min(10.0, last()));
    constexpr int trail = 5;
    constexpr double trail_steps = 4;
    line(left - 34, ground, right + 34, ground, R"(stroke="#3b4252" stroke-width="2" stroke-linecap="round")");
    for (const bool is_trail : {true, false}) {
      for (int frame = 0; frame <= frames; ++frame) {
        const double now = std::round(last() * frame / frames);
        const double hinge = time_x(now * cartpole::seconds_per_step);
        const cartpole::numbers& state = state_at(now);
        for (int back = trail; is_trail && back >= 1; --back) {
          const double then = now - back * trail_steps;
          if (then < 0) continue;
          const cartpole::numbers& old = state_at(then);
          pose(hinge + (old[0] - state[0]) * metre, old[2], colour(now / last()), 0.24 * (1 - back / (trail + 1.0)));
        }
        if (is_trail) continue;
        pose(hinge, state[2], colour(now / last()), 1);
        text(hinge, ground + 22, fmt::format("{:+.1f}°", degrees(state[2])), R"(text-anchor="middle")");
      }
    }
  }

  void pose(double x, double angle, std::string_view shade, double opacity) {
    constexpr double cart_width = 0.42 * metre;
    constexpr double cart_height = 0.2 * metre;
    constexpr double wheel = 4.5;
    constexpr double pole = 2 * cartpole::half_length * metre;
    const double top = ground - 2 * wheel - cart_height + 3;
    const double hinge = top + 6;
    put(R"(<g opacity="{:.2f}" fill="{}" stroke="{}">)", opacity, shade, shade);
    put(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="5" stroke="none"/>)", x - cart_width / 2, top,
        cart_width, cart_height);
    for (const double side : {-1.0, 1.0}) {
      put(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{}" stroke="none"/>)", x + side * 0.3 * cart_width, ground - wheel - 1,
          wheel);
    }
    line(x, hinge, x + pole * std::sin(angle), hinge - pole * std::cos(angle),
         R"(stroke-width="6" stroke-linecap="round")");
    put(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2" fill="#fbfaf7" stroke="none"/></g>)", x, hinge);
    put("\n");
  }

  [[nodiscard]] const cartpole::numbers& state_at(double step) const {
    return episode_[static_cast<std::size_t>(step)];
  }

  [[nodiscard]] double time_x(double t) const { return left + (right - left) * t / std::max(seconds(), 1e-9); }

  void time_grid() {
    double step = 0.02;
    for (const double candidate : {0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0}) {
      if (seconds() / step > 11) step = candidate;
    }
    for (int i = 0; i * step <= seconds() + 1e-9 && i <= 1000; ++i) {
      line(time_x(i * step), film_top, time_x(i * step), position_top + plot_height, grid);
      text(time_x(i * step), position_top + plot_height + 20, fmt::format("{:g} s", i * step),
           R"(text-anchor="middle")");
    }
  }

  /// A curve over time, scaled to the smallest of `ranges` that holds it. Beyond `limit` an episode is lost.
  template <class Value>
  void plot(double top, std::string_view name, std::string_view unit, std::initializer_list<double> ranges,
            double limit, double largest, Value value) {
    double range = std::max(1.0, largest * 1.1);
    for (auto r = std::rbegin(ranges); r != std::rend(ranges) && *r >= largest * 1.05; ++r) range = *r;
    const double middle = top + plot_height / 2;
    const auto y = [&](double v) { return middle - v / range * plot_height / 2; };
    text(left, top - 12, name, heading);
    text(right, top - 12, fmt::format("the limit is ±{:.3g}{}", limit, unit), R"(text-anchor="end")");
    for (const double mark : {-1.0, 0.0, 1.0}) {
      line(left, y(mark * range), right, y(mark * range), mark == 0 ? R"(stroke="#b9b5a9")" : grid);
      text(left - 10, y(mark * range) + 4.5,
           mark == 0 ? fmt::format("0{}", unit) : fmt::format("{:+.3g}{}", mark * range, unit), R"(text-anchor="end")");
    }
    for (const double side : {-1.0, 1.0}) {
      if (limit < range) {
        line(left, y(side * limit), right, y(side * limit),
             R"(stroke="#b3261e" stroke-dasharray="5 4" stroke-width="1.2")");
      }
    }
    curve(
        episode_.size(), [&](std::size_t i) { return time_x(static_cast<double>(i) * cartpole::seconds_per_step); },
        [&](std::size_t i) { return y(value(episode_[i])); });
  }

  std::span<const cartpole::numbers> episode_;
  double largest_x_ = 0;
  double largest_angle_ = 0;
};

}  // namespace detail

/// An SVG picture of an episode, given its states in order, the first one included. Throws shape_error for fewer than
/// two states and numeric_error for a NaN or an infinity.
[[nodiscard]] inline std::string film_strip_svg(std::span<const cartpole::numbers> episode, std::string_view title) {
  iqnrl::require<iqnrl::shape_error>(episode.size() >= 2,
                                     "a film strip was asked for of {} states; give the 2 or more states of an episode",
                                     episode.size());
  for (const cartpole::numbers& state : episode) {
    for (const double number : state) {
      iqnrl::require<iqnrl::numeric_error>(
          iqnrl::is_finite(number), "a film strip was asked for with {} in a state; give finite numbers", number);
    }
  }
  return detail::film_strip(episode).draw(title);
}

}  // namespace example
