// MinAtar Asterix: a player gathers gold and keeps away from enemies, as a world for iqnrl.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <minatar/minatar.hpp>

namespace example::minatar {

/// What runs along a row of Asterix.
enum class asterix_kind : std::uint32_t { nothing, enemy, gold };

/// One row's runner.
struct asterix_runner {
  asterix_kind kind = asterix_kind::nothing;
  int x = 0;
  int heading = 0;  ///< 1: to the right, -1: to the left
};

/// The rules of Asterix.
///
/// Start: the player is at (5, 5), no row is taken; spawns are 10 frames apart and runners move every 5 frames, each
/// for the first time in the frame after that many.
///
/// A frame:
/// - If a spawn is due, a runner comes in at the left or right (evenly) that is gold in one of three cases and an enemy
///   else, in one of the free rows from 1 to 8 (evenly). Nothing comes if no row is free.
/// - l, r, u and d move the player by one cell, within rows 1 to 8.
/// - A runner in the player's cell: gold is taken for a reward of 1, an enemy makes the episode terminal.
/// - If a move is due, all runners move by one cell and are gone beyond the side; then the cell is looked at again.
/// - Every 102 frames the game gets harder: spawns come one frame closer together, down to 1, and every second time
///   moves do as well, down to 1. Intervals that have begun are not changed.
///
/// Channels: 0 player, 1 enemies, 2 trail (the cell behind a runner), 3 gold.
struct asterix_rules {
  static constexpr std::string_view name = "asterix";
  static constexpr std::size_t channels = 4;
  static constexpr int first_row = 1;
  static constexpr int rows = 8;
  static constexpr int ramp_frames = 102;  ///< from one ramp to the next, and before the first

  cell player{5, 5};
  std::array<asterix_runner, rows> runners{};  ///< that of row i + 1 is runners[i]
  int spawn_interval = 10;
  int spawn_wait = 10;  ///< frames before the one with the next spawn
  int move_interval = 5;
  int move_wait = 5;  ///< frames before the one with the next move
  int ramps = 0;
  int ramp_wait = ramp_frames;  ///< frames up to and including the next ramp

  void start(iqnrl::generator&) {}

  verdict play(button pressed, iqnrl::generator& random) {
    if (spawn_wait == 0) {
      spawn(random);
      spawn_wait = spawn_interval;
    }
    walk(pressed);
    verdict result;
    touch(result);
    if (move_wait == 0) {
      move_wait = move_interval;
      for (asterix_runner& runner : runners) {
        runner.x += runner.heading;
        if (runner.x < 0 || runner.x >= side) runner = {};
      }
      touch(result);
    }
    --spawn_wait;
    --move_wait;
    if (spawn_interval > 1 || move_interval > 1) ramp();
    return result;
  }

  void draw(picture<channels>& image) const {
    image.mark(0, player);
    for (int row = 0; row < rows; ++row) {
      const asterix_runner& runner = runners[static_cast<std::size_t>(row)];
      if (runner.kind == asterix_kind::nothing) continue;
      const cell at{runner.x, first_row + row};
      image.mark(runner.kind == asterix_kind::gold ? 3 : 1, at);
      image.mark(2, at.along(-runner.heading));
    }
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("player_x", player.x);
    v("player_y", player.y);
    v("runners", std::span(runners));
    v("spawn_interval", spawn_interval);
    v("spawn_wait", spawn_wait);
    v("move_interval", move_interval);
    v("move_wait", move_wait);
    v("ramps", ramps);
    v("ramp_wait", ramp_wait);
  }

 private:
  void spawn(iqnrl::generator& random) {
    const int heading = random_heading(random);
    const asterix_kind kind = random.below(3) == 0 ? asterix_kind::gold : asterix_kind::enemy;
    std::uint32_t free = 0;
    for (const asterix_runner& runner : runners) free += runner.kind == asterix_kind::nothing ? 1 : 0;
    if (free == 0) return;
    std::uint32_t skip = random.below(free);
    for (asterix_runner& runner : runners) {
      if (runner.kind != asterix_kind::nothing) continue;
      if (skip == 0) {
        runner = {kind, entry(heading), heading};
        return;
      }
      --skip;
    }
  }

  void walk(button pressed) {
    if (pressed == button::left) player.x = moved(player.x, -1, 0, side - 1);
    if (pressed == button::right) player.x = moved(player.x, 1, 0, side - 1);
    if (pressed == button::up) player.y = moved(player.y, -1, first_row, rows);
    if (pressed == button::down) player.y = moved(player.y, 1, first_row, rows);
  }

  /// What is in the player's cell. A row has one runner, so this is all that can be.
  void touch(verdict& result) {
    asterix_runner& runner = runners[static_cast<std::size_t>(player.y - first_row)];
    if (runner.kind == asterix_kind::nothing || runner.x != player.x) return;
    if (runner.kind == asterix_kind::enemy) {
      result.over = true;
    } else {
      ++result.reward;
      runner = {};
    }
  }

  void ramp() {
    if (--ramp_wait > 0) return;
    ramp_wait = ramp_frames;
    if (move_interval > 1 && ramps % 2 == 1) --move_interval;
    if (spawn_interval > 1) --spawn_interval;
    ++ramps;
  }
};

/// MinAtar's Asterix as a world.
using asterix = game<asterix_rules>;
static_assert(iqnrl::check_world<asterix>());

}  // namespace example::minatar
