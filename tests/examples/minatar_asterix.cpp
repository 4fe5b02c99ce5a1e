#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <minatar/asterix.hpp>
#include <support/minatar.hpp>

namespace {

using example::minatar::asterix_kind;
using example::minatar::asterix_rules;
using example::minatar::asterix_runner;
using example::minatar::button;
using example::minatar::cell;
using iqnrl::testing::cells;
using iqnrl::testing::lit;
using iqnrl::testing::play;

constexpr asterix_runner nothing{};

/// The player, and one runner that matters: that of row 5.
struct transition {
  std::string_view what;
  cell before{};
  asterix_runner runner{};
  bool move_due = false;
  button pressed = button::none;
  cell after{};
  asterix_runner left{};
  int reward = 0;
  bool over = false;
};

asterix_runner gold(int x, int heading) { return {asterix_kind::gold, x, heading}; }
asterix_runner enemy(int x, int heading) { return {asterix_kind::enemy, x, heading}; }

bool same(const asterix_runner& a, const asterix_runner& b) {
  return a.kind == b.kind && a.x == b.x && a.heading == b.heading;
}

int taken(const asterix_rules& rules) {
  int count = 0;
  for (const asterix_runner& runner : rules.runners) count += runner.kind != asterix_kind::nothing ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("minatar asterix: transitions by hand") {
  const std::array transitions{
      transition{"left", {5, 5}, nothing, false, button::left, {4, 5}, nothing},
      transition{"right at the edge", {9, 5}, nothing, false, button::right, {9, 5}, nothing},
      transition{"up", {5, 5}, nothing, false, button::up, {5, 4}, nothing},
      transition{"row 1 is the highest", {5, 1}, nothing, false, button::up, {5, 1}, nothing},
      transition{"row 8 is the lowest", {5, 8}, nothing, false, button::down, {5, 8}, nothing},
      transition{"fire does nothing", {5, 5}, nothing, false, button::fire, {5, 5}, nothing},
      transition{"runners stand if no move is due", {5, 3}, gold(4, 1), false, button::none, {5, 3}, gold(4, 1)},
      transition{"a move to the right", {5, 3}, enemy(4, 1), true, button::none, {5, 3}, enemy(5, 1)},
      transition{"a move to the left", {5, 3}, enemy(4, -1), true, button::none, {5, 3}, enemy(3, -1)},
      transition{"to the right side", {5, 3}, gold(8, 1), true, button::none, {5, 3}, gold(9, 1)},
      transition{"to the left side", {5, 3}, gold(1, -1), true, button::none, {5, 3}, gold(0, -1)},
      transition{"out at the right", {5, 3}, gold(9, 1), true, button::none, {5, 3}, nothing},
      transition{"out at the left", {5, 3}, enemy(0, -1), true, button::none, {5, 3}, nothing},
      transition{"gone with the player", {0, 5}, enemy(0, -1), true, button::left, {0, 5}, nothing, 0, true},
      transition{"onto gold", {5, 5}, gold(6, 1), false, button::right, {6, 5}, nothing, 1},
      transition{"onto gold from above", {6, 4}, gold(6, 1), true, button::down, {6, 5}, nothing, 1},
      transition{"gold comes", {5, 5}, gold(4, 1), true, button::none, {5, 5}, nothing, 1},
      transition{"onto an enemy", {5, 5}, enemy(6, 1), false, button::right, {6, 5}, enemy(6, 1), 0, true},
      transition{"onto an enemy that leaves", {5, 5}, enemy(6, 1), true, button::right, {6, 5}, enemy(7, 1), 0, true},
      transition{"an enemy comes", {5, 5}, enemy(6, -1), true, button::none, {5, 5}, enemy(5, -1), 0, true},
      transition{"away from an enemy", {5, 5}, enemy(6, -1), true, button::up, {5, 4}, enemy(5, -1)},
      transition{"past an enemy", {5, 5}, enemy(7, -1), true, button::none, {5, 5}, enemy(6, -1)},
      transition{"places change without harm", {5, 5}, enemy(6, -1), true, button::left, {4, 5}, enemy(5, -1)},
  };
  for (const transition& t : transitions) {
    CAPTURE(t.what);
    asterix_rules rules;
    rules.player = t.before;
    rules.runners[4] = t.runner;
    rules.move_wait = t.move_due ? 0 : 3;
    const auto result = play(rules, t.pressed);
    CHECK(rules.player == t.after);
    CHECK(same(rules.runners[4], t.left));
    CHECK(rules.move_wait == (t.move_due ? 4 : 2));
    CHECK(result.reward == t.reward);
    CHECK(result.over == t.over);
  }
}

TEST_CASE("minatar asterix: the first spawn is in frame 11, moves are in frames 6, 11, …") {
  asterix_rules rules;
  rules.player = {5, 1};
  rules.runners[7] = gold(0, 1);
  iqnrl::generator random = iqnrl::testing::minatar_random(2);
  std::vector<int> spawns;
  for (int frame = 1; frame <= 45; ++frame) {
    const int before = taken(rules);
    rules.player.x = rules.runners[0].heading > 0 ? 9 : 0;  // out of the way
    rules.play(button::none, random);
    if (taken(rules) > before) spawns.push_back(frame);
    if (frame <= 40) CHECK(rules.runners[7].x == (frame - 1) / 5);
  }
  CHECK(spawns == std::vector{11, 21, 31, 41});
}

TEST_CASE("minatar asterix: a runner that comes in moves in the same frame if a move is due") {
  for (const bool due : {false, true}) {
    asterix_rules rules;
    rules.spawn_wait = 0;
    rules.move_wait = due ? 0 : 2;
    play(rules);
    CHECK(rules.spawn_wait == 9);
    REQUIRE(taken(rules) == 1);
    for (const asterix_runner& runner : rules.runners) {
      if (runner.kind == asterix_kind::nothing) continue;
      const int steps = due ? 1 : 0;
      CHECK(runner.x == (runner.heading > 0 ? steps : 9 - steps));
    }
  }
}

TEST_CASE("minatar asterix: what comes in, and where") {
  constexpr int spawns = 12'000;
  std::array<int, 8> rows{};
  int golden = 0;
  int rightwards = 0;
  for (int i = 0; i < spawns; ++i) {
    iqnrl::generator random = iqnrl::testing::minatar_random(4, static_cast<std::uint64_t>(i));
    asterix_rules rules;
    rules.runners[2] = enemy(5, 1);
    rules.runners[6] = gold(5, 1);
    rules.spawn_wait = 0;
    rules.play(button::none, random);
    REQUIRE(taken(rules) == 3);
    for (std::size_t row = 0; row < 8; ++row) {
      if (row == 2 || row == 6 || rules.runners[row].kind == asterix_kind::nothing) continue;
      ++rows[row];
      golden += rules.runners[row].kind == asterix_kind::gold ? 1 : 0;
      rightwards += rules.runners[row].heading > 0 ? 1 : 0;
    }
  }
  const auto near = [](int count, double share) {
    return std::abs(count - spawns * share) < 4 * std::sqrt(spawns * share * (1 - share));
  };
  CHECK(near(golden, 1.0 / 3));
  CHECK(near(rightwards, 0.5));
  for (std::size_t row = 0; row < 8; ++row) CHECK((row == 2 || row == 6 ? rows[row] == 0 : near(rows[row], 1.0 / 6)));
}

TEST_CASE("minatar asterix: nothing comes in where every row is taken") {
  asterix_rules rules;
  rules.runners.fill(enemy(2, 1));
  rules.spawn_wait = 0;
  play(rules);
  for (const asterix_runner& runner : rules.runners) CHECK(same(runner, enemy(2, 1)));
  CHECK(rules.spawn_wait == 9);
}

TEST_CASE("minatar asterix: ramps come every 102 frames until both intervals are 1") {
  const std::array<int, 10> moves{5, 5, 4, 4, 3, 3, 2, 2, 1, 1};
  asterix_rules rules;
  iqnrl::generator random = iqnrl::testing::minatar_random(6);
  for (int frame = 1; frame <= 1500; ++frame) {
    rules.runners.fill(nothing);
    rules.play(button::none, random);
    const int ramps = frame / 102 < 9 ? frame / 102 : 9;
    CAPTURE(frame);
    REQUIRE(rules.ramps == ramps);
    REQUIRE(rules.spawn_interval == 10 - ramps);
    REQUIRE(rules.move_interval == moves[static_cast<std::size_t>(ramps)]);
  }
}

TEST_CASE("minatar asterix: at the end of the ramp something comes in and moves in every frame") {
  asterix_rules rules;
  rules.player = {5, 1};
  rules.spawn_interval = rules.move_interval = 1;
  rules.spawn_wait = rules.move_wait = 0;
  iqnrl::generator random = iqnrl::testing::minatar_random(8);
  for (int frame = 0; frame < 20; ++frame) {
    const asterix_rules before = rules;
    rules.runners[0] = nothing;  // keeps the player alive
    rules.play(button::none, random);
    for (std::size_t row = 1; row < 8; ++row) {
      const asterix_runner& runner = before.runners[row];
      if (runner.kind == asterix_kind::nothing || runner.x + runner.heading < 0 || runner.x + runner.heading > 9)
        continue;
      CHECK(rules.runners[row].x == runner.x + runner.heading);
    }
    CHECK(rules.spawn_wait == 0);
    CHECK(rules.move_wait == 0);
  }
}

TEST_CASE("minatar asterix: what is seen") {
  asterix_rules rules;
  rules.player = {3, 7};
  rules.runners[0] = enemy(0, 1);
  rules.runners[1] = enemy(4, 1);
  rules.runners[4] = gold(6, -1);
  rules.runners[7] = gold(9, -1);
  CHECK(lit(rules, 0) == cells{{3, 7}});
  CHECK(lit(rules, 1) == cells{{0, 1}, {4, 2}});
  CHECK(lit(rules, 2) == cells{{3, 2}, {7, 5}});
  CHECK(lit(rules, 3) == cells{{6, 5}, {9, 8}});
}
