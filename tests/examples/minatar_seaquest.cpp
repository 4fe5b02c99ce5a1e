#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <minatar/seaquest.hpp>
#include <support/minatar.hpp>

namespace {

using example::minatar::button;
using example::minatar::cell;
using example::minatar::seaquest_bullet;
using example::minatar::seaquest_rules;
using example::minatar::seaquest_swimmer;
using iqnrl::testing::cells;
using iqnrl::testing::lit;
using iqnrl::testing::play;

template <class T, std::size_t N>
cells places(const example::minatar::short_list<T, N>& list) {
  cells all;
  for (const T& one : list) all.push_back(one.at);
  return all;
}

/// Under water at (5, 5), heading left; nothing comes in during the next frames.
seaquest_rules quiet() {
  seaquest_rules rules;
  rules.ship = {5, 5};
  rules.surfaced = false;
  rules.next_enemy = rules.next_diver = 1000;
  return rules;
}

/// What comes up with so many divers and so much oxygen.
seaquest_rules below_surface(int on_board, int oxygen = 100) {
  seaquest_rules rules = quiet();
  rules.ship.y = 1;
  rules.on_board = on_board;
  rules.oxygen = oxygen;
  return rules;
}

/// What is in the water before and after a frame.
struct transition {
  std::string_view what;
  button pressed = button::none;
  std::vector<seaquest_swimmer> enemies;
  std::vector<seaquest_bullet> bullets;
  cells enemies_after;
  cells bullets_after;
  int reward = 0;
  bool over = false;
};

void check(const transition& t, bool subs) {
  CAPTURE(t.what);
  CAPTURE(subs);
  seaquest_rules rules = quiet();
  for (seaquest_swimmer one : t.enemies) {
    one.reload = 7;
    (subs ? rules.subs : rules.fish).add(one);
  }
  for (const seaquest_bullet& one : t.bullets) rules.bullets.add(one);
  const auto result = play(rules, t.pressed);
  CHECK(places(subs ? rules.subs : rules.fish) == t.enemies_after);
  CHECK(places(rules.bullets) == t.bullets_after);
  CHECK(result.reward == t.reward);
  CHECK(result.over == t.over);
}

}  // namespace

TEST_CASE("minatar seaquest: the submarine moves, turns and stays in the water") {
  struct move {
    cell before{};
    button pressed = button::none;
    cell after{};
    int heading = 0;
  };
  const std::array moves{
      move{{5, 5}, button::left, {4, 5}, -1}, move{{5, 5}, button::right, {6, 5}, 1},
      move{{5, 5}, button::up, {5, 4}, -1},   move{{5, 5}, button::down, {5, 6}, -1},
      move{{0, 5}, button::left, {0, 5}, -1}, move{{9, 5}, button::right, {9, 5}, 1},
      move{{5, 8}, button::down, {5, 8}, -1}, move{{5, 5}, button::none, {5, 5}, -1},
  };
  for (const move& m : moves) {
    seaquest_rules rules = quiet();
    rules.ship = m.before;
    CHECK_FALSE(play(rules, m.pressed).over);
    CHECK(rules.ship == m.after);
    CHECK(rules.heading == m.heading);
    CHECK(rules.oxygen == 199);
  }
  seaquest_rules start;
  CHECK_FALSE(play(start, button::up).over);
  CHECK(start.ship == cell{5, 0});
  CHECK(start.oxygen == 200);
}

TEST_CASE("minatar seaquest: a bullet every five frames, to where the submarine heads") {
  seaquest_rules rules = quiet();
  play(rules, button::fire);
  CHECK(places(rules.bullets) == cells{{4, 5}});
  for (int i = 0; i < 4; ++i) play(rules, button::fire);
  CHECK(places(rules.bullets) == cells{{0, 5}});
  play(rules, button::fire);  // the first is gone
  CHECK(places(rules.bullets) == cells{{4, 5}});
  play(rules, button::right);
  play(rules, button::down);
  for (int i = 0; i < 3; ++i) play(rules, button::fire);
  CHECK(places(rules.bullets) == cells{{7, 6}});
  CHECK(rules.bullets[0].heading == 1);
}

TEST_CASE("minatar seaquest: fish, and submarines that do not shoot") {
  const std::vector<transition> transitions{
      {"they wait", button::none, {{{2, 3}, 1, 1}}, {}, {{2, 3}}, {}},
      {"they move", button::none, {{{2, 3}, 1, 0}, {{4, 4}, -1, 0}}, {}, {{3, 3}, {3, 4}}, {}},
      {"they leave", button::none, {{{9, 3}, 1, 0}, {{0, 4}, -1, 0}}, {}, {}, {}},
      {"a bullet hits", button::none, {{{2, 3}, 1, 3}}, {{{3, 3}, -1}}, {}, {}, 1},
      {"a bullet hits one before it moves", button::none, {{{2, 3}, -1, 0}}, {{{3, 3}, -1}}, {}, {}, 1},
      {"one moves into a bullet", button::none, {{{2, 3}, 1, 0}}, {{{2, 3}, 1}}, {}, {}, 1},
      {"a bullet and one pass each other", button::none, {{{2, 3}, 1, 0}}, {{{4, 3}, -1}}, {}, {}, 1},
      {"side by side they change places", button::none, {{{2, 3}, 1, 3}}, {{{2, 3}, -1}}, {{2, 3}}, {{1, 3}}},
      {"two bullets, two hits", button::none, {{{2, 3}, 1, 3}, {{7, 4}, 1, 3}}, {{{3, 3}, -1}, {{6, 4}, 1}}, {}, {}, 2},
      {"one bullet, one hit", button::none, {{{2, 3}, 1, 3}, {{2, 3}, 1, 2}}, {{{3, 3}, -1}}, {{2, 3}}, {}, 1},
      {"a bullet leaves", button::none, {{{2, 3}, 1, 3}}, {{{0, 4}, -1}, {{9, 4}, 1}}, {{2, 3}}, {}},
      {"onto one", button::left, {{{4, 5}, -1, 3}}, {}, {{4, 5}}, {}, 0, true},
      {"onto one that leaves", button::left, {{{4, 5}, -1, 0}}, {}, {{3, 5}}, {}, 0, true},
      {"one comes", button::none, {{{4, 5}, 1, 0}}, {}, {{5, 5}}, {}, 0, true},
      {"away from one", button::up, {{{4, 5}, 1, 0}}, {}, {{5, 5}}, {}},
      {"the cell behind does not matter", button::none, {{{7, 5}, -1, 0}}, {}, {{6, 5}}, {}},
      {"a shot at the last moment", button::fire, {{{4, 5}, 1, 0}}, {}, {}, {}, 1},
      {"a hit in the last frame counts",
       button::left,
       {{{4, 5}, 1, 3}, {{2, 3}, 1, 3}},
       {{{3, 3}, -1}},
       {{4, 5}},
       {},
       1,
       true},
  };
  for (const transition& t : transitions) {
    check(t, false);
    check(t, true);
  }
}

TEST_CASE("minatar seaquest: an enemy moves every move_interval + 1 frames") {
  for (int interval = 2; interval <= 5; ++interval) {
    seaquest_rules rules = quiet();
    rules.move_interval = interval;
    rules.fish.add({{0, 3}, 1, interval, 0});
    for (int frame = 1; frame <= 9 * (interval + 1); ++frame) {
      play(rules);
      REQUIRE(places(rules.fish) == cells{{frame / (interval + 1), 3}});
    }
    for (int i = 0; i <= interval; ++i) play(rules);
    CHECK(rules.fish.size() == 0);
  }
}

TEST_CASE("minatar seaquest: enemy submarines shoot every eleventh frame, and bullets fly a cell a frame") {
  seaquest_rules rules = quiet();
  rules.subs.add({{2, 3}, 1, 500, 10});
  std::vector<int> shots;
  for (int frame = 1; frame <= 40; ++frame) {
    const std::size_t before = rules.enemy_bullets.size();
    play(rules);
    if (rules.enemy_bullets.size() > before) {
      shots.push_back(frame);
      CHECK(places(rules.enemy_bullets) == cells{{3, 3}});
    }
    if (frame == 17) CHECK(places(rules.enemy_bullets) == cells{{9, 3}});
    if (frame == 18) CHECK(rules.enemy_bullets.size() == 0);
  }
  CHECK(shots == std::vector{11, 22, 33});
  const auto shoot = [](cell from, int heading, button pressed) {
    seaquest_rules hit = quiet();
    hit.enemy_bullets.add({from, heading});
    return play(hit, pressed).over;
  };
  CHECK(shoot({4, 5}, 1, button::none));
  CHECK(shoot({6, 5}, -1, button::none));
  CHECK(shoot({4, 5}, -1, button::left));  // into its cell
  CHECK_FALSE(shoot({6, 5}, 1, button::none));
  CHECK_FALSE(shoot({4, 5}, 1, button::up));
}

TEST_CASE(
    "minatar seaquest: a submarine that is hit as it moves shoots all the same, one that a bullet finds does not") {
  seaquest_rules rules = quiet();
  rules.subs.add({{2, 3}, 1, 0, 0});
  rules.bullets.add({{2, 3}, 1});
  CHECK(play(rules).reward == 1);
  CHECK(places(rules.enemy_bullets) == cells{{4, 3}});
  seaquest_rules found = quiet();
  found.subs.add({{2, 3}, 1, 3, 0});
  found.bullets.add({{1, 3}, 1});
  CHECK(play(found).reward == 1);
  CHECK(found.enemy_bullets.size() == 0);
}

TEST_CASE("minatar seaquest: divers come on board, up to six") {
  const auto meet = [](const seaquest_swimmer& diver, int on_board, button pressed, cells after, int on_board_after) {
    seaquest_rules rules = quiet();
    rules.on_board = on_board;
    rules.divers.add(diver);
    CHECK_FALSE(play(rules, pressed).over);
    CHECK(places(rules.divers) == after);
    CHECK(rules.on_board == on_board_after);
  };
  meet({{2, 3}, 1, 1}, 0, button::none, {{2, 3}}, 0);
  meet({{2, 3}, 1, 0}, 0, button::none, {{3, 3}}, 0);
  meet({{9, 3}, 1, 0}, 0, button::none, {}, 0);
  meet({{4, 5}, 1, 3}, 0, button::left, {}, 1);
  meet({{4, 5}, 1, 0}, 2, button::none, {}, 3);
  meet({{4, 5}, 1, 0}, -1, button::none, {}, 0);
  meet({{4, 5}, 1, 3}, 6, button::left, {{4, 5}}, 6);
  meet({{4, 5}, 1, 0}, 6, button::none, {{5, 5}}, 6);
  meet({{4, 5}, 1, 0}, 5, button::up, {{5, 5}}, 5);
  seaquest_rules rules = quiet();
  rules.on_board = 5;
  rules.divers.add({{5, 5}, 1, 3});
  rules.divers.add({{5, 5}, 1, 4});
  play(rules);
  CHECK(rules.on_board == 6);
  REQUIRE(rules.divers.size() == 1);
  CHECK(rules.divers[0].wait == 2);  // the younger was first
}

TEST_CASE("minatar seaquest: to the surface") {
  struct surfacing {
    int on_board = 0;
    int oxygen = 0;
    int reward = 0;
    int on_board_after = 0;
    bool over = false;
  };
  const std::array all{
      surfacing{1, 100, 0, 0},  surfacing{5, 100, 0, 4},     surfacing{6, 200, 10, -1}, surfacing{6, 199, 9, -1},
      surfacing{6, 100, 5, -1}, surfacing{6, 19, 0, -1},     surfacing{-1, 50, 0, -2},  surfacing{0, 100, 0, 0, true},
      surfacing{3, 1, 0, 2},    surfacing{3, 0, 0, 2, true},
  };
  for (const surfacing& s : all) {
    CAPTURE(s.on_board);
    CAPTURE(s.oxygen);
    seaquest_rules rules = below_surface(s.on_board, s.oxygen);
    const auto result = play(rules, button::up);
    CHECK(result.reward == s.reward);
    CHECK(result.over == s.over);
    CHECK(rules.on_board == s.on_board_after);
    if (s.on_board != 0) CHECK(rules.oxygen == 200);
    CHECK(rules.ramps == (s.on_board != 0 ? 1 : 0));
    if (result.over) continue;
    CHECK_FALSE(play(rules).over);  // staying there costs nothing
    CHECK(rules.oxygen == 200);
    CHECK(rules.on_board == s.on_board_after);
    CHECK_FALSE(play(rules, button::down).over);
    CHECK(rules.oxygen == 199);
    CHECK_FALSE(rules.surfaced);
  }
}

TEST_CASE("minatar seaquest: what is seen") {
  seaquest_rules rules = quiet();
  rules.oxygen = 119;
  rules.on_board = 3;
  rules.bullets.add({{1, 5}, -1});
  rules.enemy_bullets.add({{8, 2}, 1});
  rules.fish.add({{0, 1}, 1, 3, 0});
  rules.fish.add({{4, 2}, 1, 3, 0});
  rules.subs.add({{4, 3}, -1, 3, 0});
  rules.divers.add({{7, 7}, -1, 3});
  CHECK(lit(rules, 0) == cells{{5, 5}});
  CHECK(lit(rules, 1) == cells{{6, 5}});
  CHECK(lit(rules, 2) == cells{{1, 5}});
  CHECK(lit(rules, 3) == cells{{3, 2}, {5, 3}, {8, 7}});
  CHECK(lit(rules, 4) == cells{{8, 2}});
  CHECK(lit(rules, 5) == cells{{0, 1}, {4, 2}});
  CHECK(lit(rules, 6) == cells{{4, 3}});
  CHECK(lit(rules, 7) == cells{{0, 9}, {1, 9}, {2, 9}, {3, 9}, {4, 9}});
  CHECK(lit(rules, 8) == cells{{6, 9}, {7, 9}, {8, 9}});
  CHECK(lit(rules, 9) == cells{{7, 7}});
  rules.heading = 1;
  rules.on_board = -1;
  rules.oxygen = 200;
  CHECK(lit(rules, 1) == cells{{4, 5}});
  CHECK(lit(rules, 7).size() == 10);
  CHECK(lit(rules, 8).empty());
  rules.on_board = 6;
  CHECK(lit(rules, 8).size() == 6);
}
