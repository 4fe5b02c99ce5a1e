#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <doctest/doctest.h>

#include <minatar/freeway.hpp>
#include <support/minatar.hpp>

namespace {

using example::minatar::button;
using example::minatar::cell;
using example::minatar::freeway;
using example::minatar::freeway_car;
using example::minatar::freeway_rules;
using iqnrl::testing::cells;
using iqnrl::testing::lit;
using iqnrl::testing::play;

/// A chicken in a row, and one car that matters: the one in row 4.
struct place {
  int chicken = 9;
  int resting = 0;
  freeway_car car{0, 1, 3, 2};
};

struct transition {
  std::string_view what;
  place before;
  button pressed = button::none;
  place after;
  int reward = 0;
};

/// All other cars stand far away.
freeway_rules at(const place& p) {
  freeway_rules rules;
  for (freeway_car& car : rules.cars) car = {9, -1, 5, 5};
  rules.cars[3] = p.car;
  rules.chicken = p.chicken;
  rules.resting = p.resting;
  return rules;
}

bool same(const freeway_car& a, const freeway_car& b) {
  return a.x == b.x && a.heading == b.heading && a.pace == b.pace && a.wait == b.wait;
}

}  // namespace

TEST_CASE("minatar freeway: transitions by hand") {
  const freeway_car far{0, 1, 3, 2};
  const freeway_car later{0, 1, 3, 1};
  const std::array transitions{
      transition{"up", {9, 0, far}, button::up, {8, 2, later}},
      transition{"down", {6, 0, far}, button::down, {7, 2, later}},
      transition{"down at the edge counts as a move", {9, 0, far}, button::down, {9, 2, later}},
      transition{"not yet", {6, 1, far}, button::up, {6, 0, later}},
      transition{"left does nothing", {6, 0, far}, button::left, {6, 0, later}},
      transition{"fire does nothing", {6, 2, far}, button::fire, {6, 1, later}},
      transition{"the car moves", {9, 0, {5, 1, 3, 0}}, button::none, {9, 0, {6, 1, 3, 3}}},
      transition{"round the right edge", {9, 0, {9, 1, 2, 0}}, button::none, {9, 0, {0, 1, 2, 2}}},
      transition{"round the left edge", {9, 0, {0, -1, 1, 0}}, button::none, {9, 0, {9, -1, 1, 1}}},
      transition{"the car comes", {4, 0, {3, 1, 3, 0}}, button::none, {9, 0, {4, 1, 3, 3}}},
      transition{"the car comes from the right", {4, 0, {5, -1, 4, 0}}, button::none, {9, 0, {4, -1, 4, 4}}},
      transition{"onto a car that stands", {5, 0, {4, 1, 3, 2}}, button::up, {9, 2, {4, 1, 3, 1}}},
      transition{"onto a car that leaves", {3, 0, {4, 1, 3, 0}}, button::down, {9, 2, {5, 1, 3, 3}}},
      transition{"away from a car that comes", {4, 0, {3, 1, 3, 0}}, button::up, {3, 2, {4, 1, 3, 3}}},
      transition{"a car beside the chicken", {4, 0, {3, 1, 3, 1}}, button::none, {4, 0, {3, 1, 3, 0}}},
  };
  for (const transition& t : transitions) {
    CAPTURE(t.what);
    freeway_rules rules = at(t.before);
    const auto result = play(rules, t.pressed);
    CHECK(rules.chicken == t.after.chicken);
    CHECK(rules.resting == t.after.resting);
    CHECK(same(rules.cars[3], t.after.car));
    CHECK(result.reward == t.reward);
    CHECK_FALSE(result.over);
  }
}

TEST_CASE("minatar freeway: across") {
  freeway_rules rules = at({1, 0, {6, 1, 3, 2}});
  rules.cars[0] = {3, 1, 1, 5};
  const auto result = play(rules, button::up);
  CHECK(result.reward == 1);
  CHECK_FALSE(result.over);
  CHECK(rules.chicken == 9);
  CHECK(rules.resting == 2);
  CHECK(rules.cars[0].x == 3);  // cars stay where they are
  CHECK(rules.cars[3].x == 6);
  for (const freeway_car& car : rules.cars) CHECK(car.wait == car.pace - 1);  // and wait anew
}

TEST_CASE("minatar freeway: the chicken takes a step every three frames, the first in the fourth") {
  freeway_rules rules = at({9, 3, {0, 1, 5, 5}});
  std::array<int, 10> rows{};
  for (int& row : rows) {
    for (freeway_car& car : rules.cars) car = {9, -1, 5, 5};
    play(rules, button::up);
    row = rules.chicken;
  }
  CHECK(rows == std::array{9, 9, 9, 8, 8, 8, 7, 7, 7, 6});
}

TEST_CASE("minatar freeway: a car of pace k moves every k + 1 frames") {
  for (int pace = 1; pace <= 5; ++pace) {
    CAPTURE(pace);
    freeway_rules rules = at({9, 0, {0, 1, pace, pace}});
    for (int frame = 1; frame <= 60; ++frame) {
      play(rules);
      CHECK(rules.cars[3].x == frame / (pace + 1) % 10);
    }
  }
}

TEST_CASE("minatar freeway: the 2501st frame is the last and is terminal") {
  freeway world;
  world.reset(iqnrl::testing::minatar_random(1));
  int frames = 1;
  while (world.step(0).end == iqnrl::ending::none) ++frames;
  CHECK(frames == 2501);
  world.reset(iqnrl::testing::minatar_random(1));
  for (int i = 0; i < 2500; ++i) CHECK(world.step(0).end == iqnrl::ending::none);
  CHECK(world.step(0).end == iqnrl::ending::terminal);
}

TEST_CASE("minatar freeway: what is seen") {
  freeway_rules rules = at({6, 0, {0, 1, 3, 2}});
  for (std::size_t i = 0; i < 8; ++i)
    rules.cars[i] = {static_cast<int>(i) + 1, i % 2 == 0 ? 1 : -1, 1 + static_cast<int>(i) % 5, 3};
  rules.cars[0].x = 0;
  rules.cars[7].x = 9;
  CHECK(lit(rules, 0) == cells{{4, 6}});
  CHECK(lit(rules, 1) == cells{{0, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 6}, {7, 7}, {9, 8}});
  CHECK(lit(rules, 2) == cells{{9, 1}, {7, 6}});  // behind the car, round the edge
  CHECK(lit(rules, 3) == cells{{3, 2}, {6, 7}});
  CHECK(lit(rules, 4) == cells{{2, 3}, {0, 8}});
  CHECK(lit(rules, 5) == cells{{5, 4}});
  CHECK(lit(rules, 6) == cells{{4, 5}});
}

TEST_CASE("minatar freeway: headings and paces are even") {
  constexpr int starts = 2000;
  std::array<int, 6> paces{};
  int rightwards = 0;
  for (int i = 0; i < starts; ++i) {
    iqnrl::generator random = iqnrl::testing::minatar_random(5, static_cast<std::uint64_t>(i));
    freeway_rules rules;
    rules.start(random);
    for (const freeway_car& car : rules.cars) {
      REQUIRE((car.x == 0 && car.wait == car.pace && car.pace >= 1 && car.pace <= 5));
      ++paces[static_cast<std::size_t>(car.pace)];
      rightwards += car.heading == 1 ? 1 : 0;
    }
  }
  const double cars = 8.0 * starts;
  CHECK(std::abs(rightwards - cars / 2) < 4 * std::sqrt(cars / 4));
  for (std::size_t pace = 1; pace <= 5; ++pace) CHECK(std::abs(paces[pace] - cars / 5) < 4 * std::sqrt(cars * 0.16));
}
