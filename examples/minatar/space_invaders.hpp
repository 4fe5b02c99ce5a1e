// MinAtar Space Invaders: a cannon against rows of aliens, as a world for iqnrl.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <minatar/minatar.hpp>

namespace example::minatar {

/// Yes or no for each cell of the field: bit x of row y.
using space_map = std::array<std::uint32_t, side>;

/// The rules of Space Invaders. Nothing in them is random.
///
/// Start: the cannon is in column 5 of row 9, aliens fill rows 0 to 3 of columns 2 to 7 and head left.
///
/// A frame:
/// - l and r move the cannon by one column; f puts a bullet into its cell, five frames after the last one at soonest.
/// - The cannon's bullets go up by one cell, then the aliens' down by one. The episode is terminal if one of the
///   aliens' bullets, or an alien, is in the cannon's cell.
/// - If a move is due, the aliens move by one column. If one stands at the side that they head for, they all turn and
///   go down by one row instead, which is terminal if one was in row 9. It is terminal, too, if an alien gets to the
///   cannon. The next move is due after as many frames as there are aliens, but no more than a limit, at first 12.
/// - Every tenth frame from the eleventh on an alien shoots: the lowest of the column that is nearest to the cannon
///   (the left one of two), a bullet in its own cell.
/// - Every alien in a cell with a bullet of the cannon goes with it for a reward of 1.
/// - If no alien is left, the next wave fills the cells of the start; the heading and all waits go on. The limit is one
///   less for each wave, down to 6.
///
/// Channels: 0 cannon, 1 aliens, 2 aliens if they head left, 3 aliens if they head right, 4 the cannon's bullets,
/// 5 the aliens' bullets.
struct space_invaders_rules {
  static constexpr std::string_view name = "space_invaders";
  static constexpr std::size_t channels = 6;
  static constexpr int reload_frames = 5;
  static constexpr int alien_shot_interval = 10;
  static constexpr int least_limit = 6;
  static constexpr std::uint32_t wave_row = 0b0011111100;
  static constexpr space_map wave{wave_row, wave_row, wave_row, wave_row};

  int cannon = 5;  ///< its column
  space_map aliens = wave;
  space_map bullets{};        ///< of the cannon
  space_map alien_bullets{};  ///< of the aliens
  int heading = -1;           ///< of the aliens; 1: right, -1: left
  int move_limit = 12;
  int move_wait = 12;  ///< frames before the one in which the aliens move
  int alien_shot_wait = alien_shot_interval;
  int reload = 0;  ///< frames before the one in which the cannon may fire
  int ramps = 0;

  void start(iqnrl::generator&) {}

  verdict play(button pressed, iqnrl::generator&) {
    verdict result;
    if (pressed == button::fire && reload == 0) {
      bullets.back() |= cannon_bit();
      reload = reload_frames;
    }
    if (pressed == button::left) cannon = moved(cannon, -1, 0, side - 1);
    if (pressed == button::right) cannon = moved(cannon, 1, 0, side - 1);
    std::shift_left(bullets.begin(), bullets.end(), 1);
    bullets.back() = 0;
    std::shift_right(alien_bullets.begin(), alien_bullets.end(), 1);
    alien_bullets.front() = 0;
    if (((alien_bullets.back() | aliens.back()) & cannon_bit()) != 0) result.over = true;
    if (move_wait == 0) result.over = move_aliens() || result.over;
    if (alien_shot_wait == 0) alien_shoots();
    result.reward = hits();
    if (reload > 0) --reload;
    --move_wait;
    --alien_shot_wait;
    if (count() == 0) next_wave();
    return result;
  }

  void draw(picture<channels>& image) const {
    image.mark(0, {cannon, side - 1});
    for (int y = 0; y < side; ++y) {
      const auto row = static_cast<std::size_t>(y);
      for (int x = 0; x < side; ++x) {
        const std::uint32_t bit = 1U << static_cast<unsigned>(x);
        if ((aliens[row] & bit) != 0) {
          image.mark(1, {x, y});
          image.mark(heading < 0 ? 2 : 3, {x, y});
        }
        if ((bullets[row] & bit) != 0) image.mark(4, {x, y});
        if ((alien_bullets[row] & bit) != 0) image.mark(5, {x, y});
      }
    }
  }

  /// Aliens that are left.
  [[nodiscard]] int count() const {
    int all = 0;
    for (const std::uint32_t row : aliens) all += std::popcount(row);
    return all;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("cannon", cannon);
    v("aliens", std::span(aliens));
    v("bullets", std::span(bullets));
    v("alien_bullets", std::span(alien_bullets));
    v("heading", heading);
    v("move_limit", move_limit);
    v("move_wait", move_wait);
    v("alien_shot_wait", alien_shot_wait);
    v("reload", reload);
    v("ramps", ramps);
  }

 private:
  [[nodiscard]] std::uint32_t cannon_bit() const { return 1U << static_cast<unsigned>(cannon); }

  /// Columns with an alien.
  [[nodiscard]] std::uint32_t columns() const {
    std::uint32_t all = 0;
    for (const std::uint32_t row : aliens) all |= row;
    return all;
  }

  /// True if this ends the episode.
  bool move_aliens() {
    move_wait = std::min(count(), move_limit);
    const std::uint32_t edge = heading < 0 ? 1U : 1U << (side - 1U);
    bool over = false;
    if ((columns() & edge) != 0) {
      heading = -heading;
      over = aliens.back() != 0;
      std::rotate(aliens.begin(), aliens.end() - 1, aliens.end());
    } else {
      for (std::uint32_t& row : aliens) row = heading < 0 ? row >> 1U : row << 1U;
    }
    return over || (aliens.back() & cannon_bit()) != 0;
  }

  void alien_shoots() {
    alien_shot_wait = alien_shot_interval;
    const int x = nearest_column();
    const std::uint32_t bit = 1U << static_cast<unsigned>(x);
    std::size_t y = side - 1;
    while ((aliens[y] & bit) == 0) --y;
    alien_bullets[y] |= bit;
  }

  /// Of the columns with an alien; there is one in every frame.
  [[nodiscard]] int nearest_column() const {
    const std::uint32_t all = columns();
    for (int distance = 0;; ++distance) {
      for (const int x : {cannon - distance, cannon + distance}) {
        if (x >= 0 && x < side && ((all >> static_cast<unsigned>(x)) & 1U) != 0) return x;
      }
    }
  }

  int hits() {
    int reward = 0;
    for (std::size_t y = 0; y < aliens.size(); ++y) {
      const std::uint32_t hit = aliens[y] & bullets[y];
      reward += std::popcount(hit);
      aliens[y] ^= hit;
      bullets[y] ^= hit;
    }
    return reward;
  }

  void next_wave() {
    if (move_limit > least_limit) {
      --move_limit;
      ++ramps;
    }
    aliens = wave;
  }
};

/// MinAtar's Space Invaders as a world.
using space_invaders = game<space_invaders_rules>;
static_assert(iqnrl::check_world<space_invaders>());

}  // namespace example::minatar
