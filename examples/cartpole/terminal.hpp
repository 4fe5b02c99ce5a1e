// CartPole as text: one frame, and a helper that plays frames in place.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <cartpole/cartpole.hpp>
#include <iqnrl/core/error.hpp>

namespace example {

namespace detail {

/// A picture of 2 x 4 dots a character, from the Braille patterns U+2800 to U+28FF.
class dots {
 public:
  dots(int columns, int rows)
      : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  /// Sets the dot `right` of the left edge and `up` from the bottom; dots outside the picture are left out.
  void set(double right, double up) {
    if (!(right >= 0 && right < 2 * columns_ && up >= 0 && up < 4 * rows_)) return;
    const int column = static_cast<int>(right);
    const int down = 4 * rows_ - 1 - static_cast<int>(up);
    static constexpr std::uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[static_cast<std::size_t>(down / 4 * columns_ + column / 2)] |= bit[down % 4][column % 2];
  }

  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i] == 0) {
        out += ' ';
      } else {
        out += {'\xE2', static_cast<char>(0xA0 | (cells_[i] >> 6)), static_cast<char>(0x80 | (cells_[i] & 0x3F))};
      }
      if ((i + 1) % static_cast<std::size_t>(columns_) == 0) out += '\n';
    }
    return out;
  }

 private:
  int columns_;
  int rows_;
  std::vector<std::uint8_t> cells_;
};

}  // namespace detail

/// One frame: numbers, pole, cart, track and its scale in metres, `width` columns wide; every line ends with '\n'. The
/// scale is the same in both directions for characters twice as high as wide. A frame of 72 columns has 11 lines.
/// What lies outside the frame is left out. Throws config_error unless `width` is from 24 to 400.
[[nodiscard]] inline std::string to_text(const cartpole& world, int width = 72) {
  iqnrl::require<iqnrl::config_error>(width >= 24 && width <= 400,
                                      "a frame of {} columns was asked for; ask for 24 to 400", width);
  constexpr double half_view = 2.7;  // metres to each side
  constexpr double pole = 2 * cartpole::half_length;
  constexpr double cart = 0.5;
  const double dots_per_metre = width / half_view;
  const double hinge = width + world.x() * dots_per_metre;

  detail::dots picture(width, static_cast<int>(std::ceil(pole * dots_per_metre / 4 + 0.2)));
  for (double at = 0; at <= pole * dots_per_metre; at += 0.5) {
    const double right = hinge + at * std::sin(world.theta());
    const double up = at * std::cos(world.theta());
    picture.set(right - 0.5, up);
    picture.set(right + 0.5, up);
  }

  // In halves of a column, the resolution of the block characters.
  const double half_cart = std::max(2.0, std::round(cart / 2 * dots_per_metre));
  const auto has_cart = [&](int half_column) { return std::abs(half_column + 0.5 - hinge) < half_cart; };
  const auto column_of = [&](double metres) { return static_cast<int>((width + metres * dots_per_metre) / 2); };
  const int left_stop = column_of(-cartpole::x_limit);
  const int right_stop = column_of(cartpole::x_limit);

  std::string body;
  std::string track;
  for (int i = 0; i < width; ++i) {
    const bool left = has_cart(2 * i);
    const bool right = has_cart(2 * i + 1);
    body += left && right ? "█" : left ? "▌" : right ? "▐" : " ";
    track += i < left_stop || i > right_stop ? " " : i == left_stop ? "┝" : i == right_stop ? "┥" : "━";
  }
  const std::string middle = "0";
  const std::string high = fmt::format("+{} m", cartpole::x_limit);
  std::string scale = fmt::format("{:{}}-{}", "", std::max(0, left_stop - 1), cartpole::x_limit);
  scale += fmt::format("{:>{}}", middle, column_of(0) + 1 - static_cast<int>(scale.size()));
  scale += fmt::format("{:>{}}", high, std::min(width, right_stop + 3) - static_cast<int>(scale.size()));

  return fmt::format("step {:3}   position {:+.2f} m   angle {:+.1f}°{}\n", world.steps(), world.x(),
                     world.theta() * 180 / std::numbers::pi, world.over() ? "   over" : "") +
         picture.text() + body + '\n' + track + '\n' + scale + '\n';
}

}  // namespace example
