#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <minatar/space_invaders.hpp>
#include <support/minatar.hpp>

namespace {

using example::minatar::button;
using example::minatar::cell;
using example::minatar::space_invaders_rules;
using example::minatar::space_map;
using iqnrl::testing::cells;
using iqnrl::testing::lit;
using iqnrl::testing::play;

space_map map_of(const cells& marked) {
  space_map map{};
  for (const cell& at : marked) map[static_cast<std::size_t>(at.y)] |= 1U << static_cast<unsigned>(at.x);
  return map;
}

/// A field on which aliens neither move nor shoot in the next frames.
space_invaders_rules quiet(const cells& aliens) {
  space_invaders_rules rules;
  rules.aliens = map_of(aliens);
  rules.move_wait = rules.alien_shot_wait = 50;
  return rules;
}

}  // namespace

TEST_CASE("minatar space invaders: the cannon") {
  space_invaders_rules rules = quiet({{0, 0}});
  play(rules, button::left);
  CHECK(rules.cannon == 4);
  play(rules, button::right);
  play(rules, button::right);
  CHECK(rules.cannon == 6);
  play(rules, button::up);
  play(rules, button::down);
  CHECK(rules.cannon == 6);
  for (int i = 0; i < 12; ++i) play(rules, button::left);
  CHECK(rules.cannon == 0);
  for (int i = 0; i < 12; ++i) play(rules, button::right);
  CHECK(rules.cannon == 9);
}

TEST_CASE("minatar space invaders: a bullet every five frames, which goes up a cell a frame") {
  space_invaders_rules rules = quiet({{0, 0}});
  play(rules, button::fire);
  CHECK(rules.bullets == map_of({{5, 8}}));
  CHECK(rules.reload == 4);
  for (int i = 0; i < 4; ++i) play(rules, button::fire);
  CHECK(rules.bullets == map_of({{5, 4}}));
  play(rules, button::fire);
  CHECK(rules.bullets == map_of({{5, 3}, {5, 8}}));
  for (int i = 0; i < 3; ++i) play(rules);
  CHECK(rules.bullets == map_of({{5, 0}, {5, 5}}));
  play(rules);
  CHECK(rules.bullets == map_of({{5, 4}}));
}

TEST_CASE("minatar space invaders: what a frame leads to, by hand") {
  struct transition {
    std::string_view what;
    cells aliens;
    cells bullets;
    cells alien_bullets;
    int heading = -1;
    bool move_due = false;
    button pressed = button::none;
    cells aliens_after;
    cells bullets_after;
    cells alien_bullets_after;
    int reward = 0;
    bool over = false;
  };
  const std::vector<transition> transitions{
      {"a hit", {{5, 3}, {1, 1}}, {{5, 4}}, {}, -1, false, button::none, {{1, 1}}, {}, {}, 1},
      {"two hits", {{5, 3}, {2, 2}, {1, 1}}, {{5, 4}, {2, 3}}, {}, -1, false, button::none, {{1, 1}}, {}, {}, 2},
      {"an alien moves into a bullet", {{5, 3}, {1, 1}}, {{4, 4}}, {}, -1, true, button::none, {{0, 1}}, {}, {}, 1},
      {"an alien moves away from one",
       {{5, 3}, {1, 1}},
       {{5, 4}},
       {},
       -1,
       true,
       button::none,
       {{4, 3}, {0, 1}},
       {{5, 3}},
       {}},
      {"a move to the right", {{5, 3}, {1, 1}}, {}, {}, 1, true, button::none, {{6, 3}, {2, 1}}, {}, {}},
      {"down at the left side", {{0, 3}, {4, 1}}, {}, {}, -1, true, button::none, {{0, 4}, {4, 2}}, {}, {}},
      {"down at the right side", {{9, 3}, {4, 1}}, {}, {}, 1, true, button::none, {{9, 4}, {4, 2}}, {}, {}},
      {"the left side turns no alien that heads right", {{0, 3}}, {}, {}, 1, true, button::none, {{1, 3}}, {}, {}},
      {"an alien's bullet falls",
       {{1, 1}},
       {},
       {{5, 3}, {7, 8}},
       -1,
       false,
       button::none,
       {{1, 1}},
       {},
       {{5, 4}, {7, 9}}},
      {"it leaves at the bottom", {{1, 1}}, {}, {{5, 9}}, -1, false, button::none, {{1, 1}}, {}, {}},
      {"it hits the cannon", {{1, 1}}, {}, {{5, 8}}, -1, false, button::none, {{1, 1}}, {}, {{5, 9}}, 0, true},
      {"the cannon evades it", {{1, 1}}, {}, {{5, 8}}, -1, false, button::left, {{1, 1}}, {}, {{5, 9}}},
      {"the cannon runs into it", {{1, 1}}, {}, {{6, 8}}, -1, false, button::right, {{1, 1}}, {}, {{6, 9}}, 0, true},
      {"bullets pass each other", {{1, 1}}, {{5, 5}}, {{5, 4}}, -1, false, button::none, {{1, 1}}, {{5, 4}}, {{5, 5}}},
      {"an alien at the cannon", {{5, 9}}, {}, {}, -1, false, button::none, {{5, 9}}, {}, {}, 0, true},
      {"an alien gets to the cannon", {{6, 9}}, {}, {}, -1, true, button::none, {{5, 9}}, {}, {}, 0, true},
      {"one comes down onto it", {{5, 8}, {0, 2}}, {}, {}, -1, true, button::none, {{5, 9}, {0, 3}}, {}, {}, 0, true},
      {"down from row 9", {{3, 9}, {0, 2}}, {}, {}, -1, true, button::none, {{3, 0}, {0, 3}}, {}, {}, 0, true},
      {"a hit in the last frame counts",
       {{5, 3}, {1, 1}},
       {{5, 4}},
       {{5, 8}},
       -1,
       false,
       button::none,
       {{1, 1}},
       {},
       {{5, 9}},
       1,
       true},
  };
  for (const transition& t : transitions) {
    CAPTURE(t.what);
    space_invaders_rules rules = quiet(t.aliens);
    rules.bullets = map_of(t.bullets);
    rules.alien_bullets = map_of(t.alien_bullets);
    rules.heading = t.heading;
    if (t.move_due) rules.move_wait = 0;
    const auto result = play(rules, t.pressed);
    CHECK(rules.aliens == map_of(t.aliens_after));
    CHECK(rules.bullets == map_of(t.bullets_after));
    CHECK(rules.alien_bullets == map_of(t.alien_bullets_after));
    CHECK(result.reward == t.reward);
    CHECK(result.over == t.over);
  }
}

TEST_CASE("minatar space invaders: aliens turn at a side once") {
  space_invaders_rules rules = quiet({{0, 3}});
  rules.move_wait = 0;
  play(rules);
  CHECK(rules.heading == 1);
  rules.move_wait = 0;
  play(rules);
  CHECK(rules.aliens == map_of({{1, 4}}));
  CHECK(rules.heading == 1);
}

TEST_CASE("minatar space invaders: the fewer aliens, the faster they are") {
  space_invaders_rules full;
  int frame = 0;
  std::vector<int> moves;
  for (space_map before = full.aliens; frame < 40; before = full.aliens) {
    ++frame;
    full.alien_shot_wait = 50;
    play(full);
    if (full.aliens != before) moves.push_back(frame);
  }
  CHECK(moves == std::vector{13, 25, 37});
  space_invaders_rules three = quiet({{4, 0}, {5, 0}, {6, 0}});
  three.move_wait = 0;
  play(three);
  CHECK(three.move_wait == 2);
  space_invaders_rules one = quiet({{7, 0}});
  one.move_wait = 0;
  for (int x = 6; x >= 0; --x) {
    play(one);
    CHECK(one.aliens == map_of({{x, 0}}));
  }
}

TEST_CASE("minatar space invaders: the nearest column shoots in frames 11, 21, …, its lowest alien") {
  space_invaders_rules start;
  std::vector<int> shots;
  for (int frame = 1; frame <= 35; ++frame) {
    start.cannon = 9;  // beside the bullets
    start.move_wait = 50;
    start.alien_bullets = {};
    play(start);
    if (start.alien_bullets != space_map{}) {
      shots.push_back(frame);
      CHECK(start.alien_bullets == map_of({{7, 3}}));
    }
  }
  CHECK(shots == std::vector{11, 21, 31});
  const auto shot = [](const cells& aliens) {
    space_invaders_rules rules = quiet(aliens);
    rules.alien_shot_wait = 0;
    play(rules);
    CHECK(rules.alien_shot_wait == 9);
    return rules.alien_bullets;
  };
  CHECK(shot({{5, 0}, {5, 4}, {6, 7}}) == map_of({{5, 4}}));
  CHECK(shot({{3, 2}, {7, 6}}) == map_of({{3, 2}}));  // the left one of two
  CHECK(shot({{2, 2}, {7, 6}}) == map_of({{7, 6}}));
  CHECK(shot({{0, 1}}) == map_of({{0, 1}}));
  CHECK(shot({{9, 8}}) == map_of({{9, 8}}));
}

TEST_CASE("minatar space invaders: an alien may shoot in the frame in which it is hit") {
  space_invaders_rules rules = quiet({{5, 3}, {0, 0}});
  rules.alien_shot_wait = 0;
  rules.bullets = map_of({{5, 4}});
  CHECK(play(rules).reward == 1);
  CHECK(rules.aliens == map_of({{0, 0}}));
  CHECK(rules.alien_bullets == map_of({{5, 3}}));
}

TEST_CASE("minatar space invaders: each new wave has a limit of one frame less, down to 6") {
  space_invaders_rules rules = quiet({{5, 3}});
  for (int wave = 1; wave <= 9; ++wave) {
    rules.aliens = map_of({{5, 3}});
    rules.bullets = map_of({{5, 4}});
    rules.heading = 1;
    rules.move_wait = rules.alien_shot_wait = 50;
    CHECK(play(rules).reward == 1);
    CHECK(rules.aliens == space_invaders_rules::wave);
    CHECK(rules.count() == 24);
    CHECK(rules.move_limit == (wave < 6 ? 12 - wave : 6));
    CHECK(rules.ramps == (wave < 6 ? wave : 6));
    CHECK(rules.heading == 1);
    CHECK(rules.move_wait == 49);
    rules.move_wait = 0;
    play(rules);
    CHECK(rules.move_wait == rules.move_limit - 1);
  }
}

TEST_CASE("minatar space invaders: what is seen") {
  space_invaders_rules rules;
  CHECK(lit(rules, 1).size() == 24);
  CHECK(lit(rules, 1).front() == cell{2, 0});
  CHECK(lit(rules, 1).back() == cell{7, 3});
  rules = quiet({{3, 2}, {8, 1}});
  rules.bullets = map_of({{4, 4}});
  rules.alien_bullets = map_of({{4, 4}, {6, 9}});
  CHECK(lit(rules, 0) == cells{{5, 9}});
  CHECK(lit(rules, 1) == cells{{8, 1}, {3, 2}});
  CHECK(lit(rules, 2) == cells{{8, 1}, {3, 2}});
  CHECK(lit(rules, 3).empty());
  CHECK(lit(rules, 4) == cells{{4, 4}});
  CHECK(lit(rules, 5) == cells{{4, 4}, {6, 9}});
  rules.heading = 1;
  CHECK(lit(rules, 2).empty());
  CHECK(lit(rules, 3) == cells{{8, 1}, {3, 2}});
}
