// MinAtar Seaquest: a submarine rescues divers among fish and enemy submarines, as a world for iqnrl.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <minatar/minatar.hpp>

namespace example::minatar {

/// What swims along a row of Seaquest: a diver, a fish or an enemy submarine.
struct seaquest_swimmer {
  cell at{};
  int heading = 0;  ///< 1: to the right, -1: to the left
  int wait = 0;     ///< frames before the one in which it moves
  int reload = 0;   ///< of a submarine: frames before the one in which it shoots
};

/// A bullet of Seaquest; it moves in every frame.
struct seaquest_bullet {
  cell at{};
  int heading = 0;
};

/// The rules of Seaquest, as from version 1.0.11, which mended the oxygen gauge. "The ship" is the player's submarine.
///
/// Start: the ship is at (5, 0), at the surface, and heads left; no diver is on board, the oxygen is 200.
///
/// A frame, in this order; of each kind the youngest comes first:
/// - If an enemy is due it comes in at the left or right (evenly) in one of rows 1 to 8 (evenly), in one of three
///   cases a submarine and else a fish, unless an enemy in this row heads the other way. At first one is due every 20
///   frames.
/// - Every 30 frames a diver comes in, at the left or right (evenly) in one of rows 1 to 8 (evenly).
/// - l and r move the ship and turn it, u and d move it within rows 0 to 8; f fires a bullet from its cell to where it
///   heads, five frames after the last one at soonest.
/// - The ship's bullets move. In the cell of a fish, else of an enemy submarine, both go for a reward of 1.
/// - A diver in the ship's cell comes on board if fewer than six are; else it moves, every sixth frame, and may come on
///   board then.
/// - An enemy submarine in the ship's cell is the end. When its wait is over it moves, and waits `move_interval` frames
///   again. It may then be beyond the side and gone, or in the ship's cell, which is the end, or in the cell of a
///   bullet: both go for a reward of 1. Whatever became of its move, every eleventh frame it leaves a bullet where it
///   is.
/// - Enemy bullets move; one in the ship's cell before or after that is the end.
/// - Fish do what enemy submarines do, except for shooting.
/// - Without oxygen it is the end. Below the surface the oxygen falls by one. Getting to the surface without a diver is
///   the end, too. With six the reward is the oxygen times 10 / 200, rounded down, and all leave; and with any number
///   the oxygen is full again and one diver leaves. So after six the count is -1, as in the published code: it shows as
///   none, but as it is not 0 the surface is safe, each time for one diver less. Each time the game gets harder, too:
///   enemies come one frame closer together, down to 1, and every second time `move_interval` falls by one, from 5
///   to 2.
///
/// The end is terminal; the frame is played to its end first, and its rewards count.
///
/// Channels: 0 ship, 1 the cell behind it, 2 its bullets, 3 trail (the cells behind enemies and divers), 4 enemy
/// bullets, 5 fish, 6 enemy submarines, 7 oxygen (in row 9 from the left, a cell for each 20), 8 divers on board (in
/// row 9, from column 8 to the left), 9 divers.
struct seaquest_rules {
  static constexpr std::string_view name = "seaquest";
  static constexpr std::size_t channels = 10;
  static constexpr int full_oxygen = 200;
  static constexpr int seats = 6;
  static constexpr int lowest_row = 8;
  static constexpr int diver_interval = 30;
  static constexpr int diver_wait = 5;
  static constexpr int reload_frames = 5;
  static constexpr int enemy_reload = 10;
  static constexpr int least_move_interval = 2;

  cell ship{5, 0};
  int heading = -1;  ///< 1: right, -1: left
  int reload = 0;    ///< frames before the one in which it may fire
  int oxygen = full_oxygen;
  int on_board = 0;  ///< divers; below 0 from the rescue of six on
  bool surfaced = true;
  int enemy_interval = 20;
  int next_enemy = 20;              ///< frames before the one with the next enemy
  int next_diver = diver_interval;  ///< frames before the one with the next diver
  int move_interval = 5;            ///< frames that an enemy waits between two moves
  int ramps = 0;
  // An enemy lives for 60 frames at most, so that 60 are there at most, and 71 have shot the bullets that still fly.
  short_list<seaquest_bullet, 4> bullets;
  short_list<seaquest_bullet, 80> enemy_bullets;
  short_list<seaquest_swimmer, 64> fish;
  short_list<seaquest_swimmer, 64> subs;
  short_list<seaquest_swimmer, 4> divers;

  void start(iqnrl::generator&) {}

  verdict play(button pressed, iqnrl::generator& random) {
    verdict result;
    arrivals(random);
    steer(pressed);
    fly_own(result);
    swim_divers();
    swim_enemies(subs, true, result);
    fly_enemy(result);
    swim_enemies(fish, false, result);
    if (next_enemy > 0) --next_enemy;
    if (next_diver > 0) --next_diver;
    if (reload > 0) --reload;
    breathe(result);
    return result;
  }

  void draw(picture<channels>& image) const {
    image.mark(0, ship);
    image.mark(1, ship.along(-heading));
    for (const seaquest_bullet& bullet : bullets) image.mark(2, bullet.at);
    for (const seaquest_bullet& bullet : enemy_bullets) image.mark(4, bullet.at);
    for (const seaquest_swimmer& one : fish) draw(image, 5, one);
    for (const seaquest_swimmer& one : subs) draw(image, 6, one);
    for (const seaquest_swimmer& one : divers) draw(image, 9, one);
    for (int x = 0; x < std::max(0, oxygen) * side / full_oxygen; ++x) image.mark(7, {x, side - 1});
    for (int i = 1; i <= on_board; ++i) image.mark(8, {side - 1 - i, side - 1});
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("ship_x", ship.x);
    v("ship_y", ship.y);
    v("heading", heading);
    v("reload", reload);
    v("oxygen", oxygen);
    v("on_board", on_board);
    v("surfaced", surfaced);
    v("enemy_interval", enemy_interval);
    v("next_enemy", next_enemy);
    v("next_diver", next_diver);
    v("move_interval", move_interval);
    v("ramps", ramps);
    v("bullets", bullets);
    v("enemy_bullets", enemy_bullets);
    v("fish", fish);
    v("subs", subs);
    v("divers", divers);
  }

 private:
  static void draw(picture<channels>& image, std::size_t channel, const seaquest_swimmer& one) {
    image.mark(channel, one.at);
    image.mark(3, one.at.along(-one.heading));
  }

  [[nodiscard]] static int random_row(iqnrl::generator& random) {
    return 1 + static_cast<int>(random.below(lowest_row));
  }

  void arrivals(iqnrl::generator& random) {
    if (next_enemy == 0) {
      enemy_arrives(random);
      next_enemy = enemy_interval;
    }
    if (next_diver == 0) {
      const int way = random_heading(random);
      divers.add({{entry(way), random_row(random)}, way, diver_wait});
      next_diver = diver_interval;
    }
  }

  void enemy_arrives(iqnrl::generator& random) {
    const int way = random_heading(random);
    const bool shoots = random.below(3) == 0;
    const int row = random_row(random);
    const auto opposes = [&](const seaquest_swimmer& one) { return one.at.y == row && one.heading != way; };
    if (std::any_of(subs.begin(), subs.end(), opposes) || std::any_of(fish.begin(), fish.end(), opposes)) return;
    (shoots ? subs : fish).add({{entry(way), row}, way, move_interval, shoots ? enemy_reload : 0});
  }

  void steer(button pressed) {
    if (pressed == button::fire && reload == 0) {
      bullets.add({ship, heading});
      reload = reload_frames;
    }
    if (pressed == button::left || pressed == button::right) {
      heading = pressed == button::left ? -1 : 1;
      ship.x = moved(ship.x, heading, 0, side - 1);
    }
    if (pressed == button::up) ship.y = moved(ship.y, -1, 0, lowest_row);
    if (pressed == button::down) ship.y = moved(ship.y, 1, 0, lowest_row);
  }

  void fly_own(verdict& result) {
    for (std::size_t i = bullets.size(); i-- > 0;) {
      cell& at = bullets[i].at;
      at.x += bullets[i].heading;
      if (!at.inside()) {
        bullets.remove(i);
      } else if (take_one(fish, at) || take_one(subs, at)) {
        bullets.remove(i);
        ++result.reward;
      }
    }
  }

  /// Removes the oldest thing in a cell; false if there is none.
  template <class List>
  static bool take_one(List& list, cell at) {
    const std::size_t place = list.find(at);
    if (place == list.size()) return false;
    list.remove(place);
    return true;
  }

  void swim_divers() {
    for (std::size_t i = divers.size(); i-- > 0;) {
      seaquest_swimmer& one = divers[i];
      bool boards = boarding(one);
      if (!boards && one.wait-- == 0) {
        one.wait = diver_wait;
        one.at.x += one.heading;
        boards = boarding(one);
      }
      on_board += boards ? 1 : 0;
      if (boards || !one.at.inside()) divers.remove(i);
    }
  }

  [[nodiscard]] bool boarding(const seaquest_swimmer& diver) const { return diver.at == ship && on_board < seats; }

  /// Fish or enemy submarines.
  void swim_enemies(short_list<seaquest_swimmer, 64>& enemies, bool shoot, verdict& result) {
    for (std::size_t i = enemies.size(); i-- > 0;) {
      seaquest_swimmer one = enemies[i];
      bool gone = false;
      if (one.at == ship) result.over = true;
      if (one.wait-- == 0) {
        one.wait = move_interval;
        one.at.x += one.heading;
        if (one.at == ship) {
          result.over = true;
        } else if (one.at.inside()) {
          gone = take_one(bullets, one.at);
          result.reward += gone ? 1 : 0;
        } else {
          gone = true;
        }
      }
      if (shoot && one.reload-- == 0) {
        one.reload = enemy_reload;
        enemy_bullets.add({one.at, one.heading});
      }
      if (gone) {
        enemies.remove(i);
      } else {
        enemies[i] = one;
      }
    }
  }

  void fly_enemy(verdict& result) {
    for (std::size_t i = enemy_bullets.size(); i-- > 0;) {
      cell& at = enemy_bullets[i].at;
      if (at == ship) result.over = true;
      at.x += enemy_bullets[i].heading;
      if (at == ship) result.over = true;
      if (!at.inside()) enemy_bullets.remove(i);
    }
  }

  void breathe(verdict& result) {
    if (oxygen <= 0) result.over = true;
    if (ship.y > 0) {
      --oxygen;
      surfaced = false;
    } else if (!surfaced && on_board == 0) {
      result.over = true;
    } else if (!surfaced) {
      surface(result);
    }
  }

  void surface(verdict& result) {
    surfaced = true;
    if (on_board == seats) {
      result.reward += oxygen * 10 / full_oxygen;
      on_board = 0;
    }
    --on_board;
    oxygen = full_oxygen;
    if (enemy_interval == 1 && move_interval == least_move_interval) return;
    if (move_interval > least_move_interval && ramps % 2 == 1) --move_interval;
    if (enemy_interval > 1) --enemy_interval;
    ++ramps;
  }
};

/// MinAtar's Seaquest as a world.
using seaquest = game<seaquest_rules>;
static_assert(iqnrl::check_world<seaquest>());

}  // namespace example::minatar
