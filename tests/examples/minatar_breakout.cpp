#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <doctest/doctest.h>

#include <minatar/breakout.hpp>
#include <support/minatar.hpp>

namespace {

using example::minatar::breakout;
using example::minatar::breakout_rules;
using example::minatar::button;
using example::minatar::cell;
using iqnrl::testing::cells;
using iqnrl::testing::lit;
using iqnrl::testing::play;

/// Where the ball is, where it goes to next and where the paddle is.
struct place {
  cell ball{};
  int dx = 0;
  int dy = 0;
  int paddle = 4;
};

/// A frame in a wall that is complete unless `bare`, and what it leads to.
struct transition {
  std::string_view what;
  place before;
  bool striking = false;
  bool bare = false;
  button pressed = button::none;
  place after;
  int reward = 0;
  int bricks = 30;
  bool over = false;
};

breakout_rules at(const place& p) {
  breakout_rules rules;
  rules.ball = p.ball;
  rules.trail = p.ball;
  rules.dx = p.dx;
  rules.dy = p.dy;
  rules.paddle = p.paddle;
  return rules;
}

}  // namespace

TEST_CASE("minatar breakout: transitions by hand") {
  const std::array transitions{
      transition{"the ball falls freely", {{5, 5}, 1, 1}, false, false, button::none, {{6, 6}, 1, 1}},
      transition{"the paddle goes left", {{5, 5}, -1, 1}, false, false, button::left, {{4, 6}, -1, 1, 3}},
      transition{"the paddle goes right", {{5, 5}, -1, 1}, false, false, button::right, {{4, 6}, -1, 1, 5}},
      transition{"the paddle stays at the left edge", {{5, 5}, 1, 1, 0}, false, false, button::left, {{6, 6}, 1, 1, 0}},
      transition{
          "the paddle stays at the right edge", {{5, 5}, 1, 1, 9}, false, false, button::right, {{6, 6}, 1, 1, 9}},
      transition{"up, down and fire do nothing", {{5, 5}, 1, 1}, false, false, button::fire, {{6, 6}, 1, 1}},
      transition{"the left side turns the ball", {{0, 5}, -1, 1}, false, false, button::none, {{0, 6}, 1, 1}},
      transition{"the right side turns the ball", {{9, 6}, 1, -1}, false, false, button::none, {{9, 5}, -1, -1}},
      transition{"the top turns the ball", {{4, 0}, 1, -1}, true, true, button::none, {{5, 0}, 1, 1}, 0, 0},
      transition{"a corner turns it both ways", {{9, 0}, 1, -1}, true, true, button::none, {{9, 0}, -1, 1}, 0, 0},
      transition{"a brick from below", {{5, 4}, 1, -1}, false, false, button::none, {{6, 4}, 1, 1}, 1, 29},
      transition{"a brick from above", {{5, 0}, -1, 1}, false, false, button::none, {{4, 0}, -1, -1}, 1, 29},
      transition{"a brick beside a side", {{9, 4}, 1, -1}, false, false, button::none, {{9, 4}, -1, 1}, 1, 29},
      transition{"no second brick at once", {{5, 4}, 1, -1}, true, false, button::none, {{6, 3}, 1, -1}, 0, 30},
      transition{"the paddle below the ball", {{4, 8}, 1, 1}, false, false, button::none, {{5, 8}, 1, -1}},
      transition{"the paddle where the ball gets to", {{3, 8}, 1, 1}, false, false, button::none, {{4, 8}, -1, -1}},
      transition{"the paddle arrives in time", {{3, 8}, -1, 1}, false, false, button::left, {{2, 8}, -1, -1, 3}},
      transition{"at a side, both columns are one", {{0, 8}, -1, 1, 0}, false, false, button::none, {{0, 8}, 1, -1, 0}},
      transition{"a miss", {{5, 8}, 1, 1}, false, false, button::none, {{6, 9}, 1, 1}, 0, 30, true},
      transition{
          "the paddle leaves too soon", {{4, 8}, 1, 1}, false, false, button::left, {{5, 9}, 1, 1, 3}, 0, 30, true},
      transition{"a new wall", {{4, 8}, 1, 1}, false, true, button::none, {{5, 8}, 1, -1}, 0, 30},
      transition{"a new wall even for a miss", {{7, 8}, 1, 1}, false, true, button::none, {{8, 9}, 1, 1}, 0, 30, true},
      transition{"no new wall higher up", {{4, 7}, 1, 1}, false, true, button::none, {{5, 8}, 1, 1}, 0, 0},
  };
  for (const transition& t : transitions) {
    CAPTURE(t.what);
    breakout_rules rules = at(t.before);
    rules.striking = t.striking;
    if (t.bare) rules.wall.fill(0);
    const auto result = play(rules, t.pressed);
    CHECK(rules.ball == t.after.ball);
    CHECK(rules.dx == t.after.dx);
    CHECK(rules.dy == t.after.dy);
    CHECK(rules.paddle == t.after.paddle);
    CHECK(rules.trail == t.before.ball);
    CHECK(result.reward == t.reward);
    CHECK(rules.bricks() == t.bricks);
    CHECK(result.over == t.over);
  }
}

TEST_CASE("minatar breakout: a ball that struck passes through bricks until it is in none") {
  breakout_rules rules = at({{2, 4}, 1, -1});
  rules.wall[0] = 0;  // rows 2 and 3 are left
  CHECK(play(rules).reward == 1);
  CHECK(rules.ball == cell{3, 4});
  CHECK(rules.striking);
  rules.dy = -1;  // as if something below had sent it back at once
  for (const cell next : {cell{4, 3}, cell{5, 2}}) {
    CHECK(play(rules).reward == 0);
    CHECK(rules.ball == next);
    CHECK(rules.striking);
  }
  play(rules);
  CHECK(rules.ball == cell{6, 1});
  CHECK_FALSE(rules.striking);
  play(rules);
  CHECK(rules.ball == cell{7, 0});
  play(rules);
  CHECK((rules.ball == cell{8, 0} && rules.dy == 1));
  CHECK(rules.bricks() == 19);
}

TEST_CASE("minatar breakout: what is seen") {
  breakout_rules rules = at({{5, 5}, 1, 1});
  play(rules, button::right);
  CHECK(lit(rules, 0) == cells{{5, 9}});
  CHECK(lit(rules, 1) == cells{{6, 6}});
  CHECK(lit(rules, 2) == cells{{5, 5}});
  const cells wall = lit(rules, 3);
  CHECK(wall.size() == 30);
  CHECK(wall.front() == cell{0, 1});
  CHECK(wall.back() == cell{9, 3});
  rules.wall[2] &= ~(1U << 7U);
  CHECK(lit(rules, 3).size() == 29);
  CHECK_FALSE(rules.brick({7, 3}));
}

TEST_CASE("minatar breakout: starts are even between the two corners") {
  constexpr int starts = 4000;
  int left = 0;
  for (int i = 0; i < starts; ++i) {
    iqnrl::generator random = iqnrl::testing::minatar_random(3, static_cast<std::uint64_t>(i));
    breakout_rules rules;
    rules.start(random);
    REQUIRE(((rules.ball == cell{0, 3} && rules.dx == 1) || (rules.ball == cell{9, 3} && rules.dx == -1)));
    REQUIRE((rules.trail == rules.ball && rules.dy == 1 && rules.paddle == 4 && rules.bricks() == 30));
    left += rules.ball.x == 0 ? 1 : 0;
  }
  CHECK(std::abs(left - starts / 2) < 4 * std::sqrt(starts / 4.0));
}

TEST_CASE("minatar breakout: the random policy scores 0.5") {
  constexpr std::uint64_t episodes = 10'000;
  breakout world;
  double score = 0;
  for (std::uint64_t e = 0; e < episodes; ++e) {
    score += iqnrl::testing::random_episode(world, 11, e).score / episodes;
  }
  CHECK(score > 0.44);
  CHECK(score < 0.56);
}
