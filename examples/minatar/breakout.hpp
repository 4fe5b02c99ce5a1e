// MinAtar Breakout: a paddle keeps a ball in play that breaks bricks, as a world for iqnrl.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <minatar/minatar.hpp>

namespace example::minatar {

/// The rules of Breakout.
///
/// Start: bricks fill rows 1 to 3, the paddle is in column 4 of row 9, and the ball is in row 3, evenly either in
/// column 0 on its way down right or in column 9 on its way down left.
///
/// A frame: l and r move the paddle by one column. The ball goes one cell along its diagonal; beyond a side it stays in
/// its column and turns sideways. Then the first of these that applies:
/// - Above row 0 it stays in row 0 and turns down.
/// - In a brick, if it was in none a frame ago, the brick goes for a reward of 1, and the ball keeps its row and turns
///   up or down. Else it passes through, until it is in none.
/// - In row 9, a wall without bricks is built anew. If the paddle is in the column that the ball comes from, the ball
///   keeps its row and turns up; if the paddle is in the column that the ball gets to, it also turns sideways; else the
///   episode is terminal.
///
/// Channels: 0 paddle, 1 ball, 2 trail (where the ball was a frame ago), 3 bricks. Difficulty does not ramp.
struct breakout_rules {
  static constexpr std::string_view name = "breakout";
  static constexpr std::size_t channels = 4;
  static constexpr int first_brick_row = 1;
  static constexpr int brick_rows = 3;
  static constexpr std::uint32_t full_row = (1U << side) - 1;

  int paddle = 4;
  cell ball{0, 3};
  cell trail{0, 3};
  int dx = 1;             ///< 1: to the right, -1: to the left
  int dy = 1;             ///< 1: down, -1: up
  bool striking = false;  ///< the ball met a brick in the frame before
  /// Bit x of a row: a brick in column x.
  std::array<std::uint32_t, brick_rows> wall{full_row, full_row, full_row};

  void start(iqnrl::generator& random) {
    dx = random_heading(random);
    ball.x = entry(dx);
    trail = ball;
  }

  verdict play(button pressed, iqnrl::generator&) {
    if (pressed == button::left) paddle = moved(paddle, -1, 0, side - 1);
    if (pressed == button::right) paddle = moved(paddle, 1, 0, side - 1);
    trail = ball;
    ball = {trail.x + dx, trail.y + dy};
    if (ball.x < 0 || ball.x >= side) {
      ball.x = trail.x;
      dx = -dx;
    }
    verdict result;
    const bool in_brick = ball.y >= 0 && brick(ball);
    if (ball.y < 0) {
      ball.y = 0;
      dy = -dy;
    } else if (in_brick) {
      if (!striking) {
        wall[row_of(ball)] &= ~bit_of(ball);
        result.reward = 1;
        turn_back();
      }
    } else if (ball.y == side - 1) {
      if (bricks() == 0) wall.fill(full_row);
      result.over = paddle != trail.x && paddle != ball.x;
      if (!result.over) {
        if (paddle != trail.x) dx = -dx;
        turn_back();
      }
    }
    striking = in_brick;
    return result;
  }

  void draw(picture<channels>& image) const {
    image.mark(0, {paddle, side - 1});
    image.mark(1, ball);
    image.mark(2, trail);
    for (int y = first_brick_row; y < first_brick_row + brick_rows; ++y) {
      for (int x = 0; x < side; ++x) {
        if (brick({x, y})) image.mark(3, {x, y});
      }
    }
  }

  /// Whether there is a brick in a cell of the field.
  [[nodiscard]] bool brick(cell at) const {
    const int row = at.y - first_brick_row;
    return row >= 0 && row < brick_rows && (wall[row_of(at)] & bit_of(at)) != 0;
  }
  [[nodiscard]] int bricks() const {
    int count = 0;
    for (const std::uint32_t row : wall) count += std::popcount(row);
    return count;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("paddle", paddle);
    v("ball_x", ball.x);
    v("ball_y", ball.y);
    v("trail_x", trail.x);
    v("trail_y", trail.y);
    v("dx", dx);
    v("dy", dy);
    v("striking", striking);
    v("wall", std::span(wall));
  }

 private:
  [[nodiscard]] static std::size_t row_of(cell at) { return static_cast<std::size_t>(at.y - first_brick_row); }
  [[nodiscard]] static std::uint32_t bit_of(cell at) { return 1U << static_cast<unsigned>(at.x); }

  /// The ball stays in the row that it comes from and turns up or down.
  void turn_back() {
    ball.y = trail.y;
    dy = -dy;
  }
};

/// MinAtar's Breakout as a world.
using breakout = game<breakout_rules>;
static_assert(iqnrl::check_world<breakout>());

}  // namespace example::minatar
