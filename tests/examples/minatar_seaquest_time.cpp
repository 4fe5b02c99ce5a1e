#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <doctest/doctest.h>

#include <minatar/seaquest.hpp>
#include <support/minatar.hpp>

using example::minatar::button;
using example::minatar::seaquest_rules;
using example::minatar::seaquest_swimmer;
using iqnrl::testing::lit;
using iqnrl::testing::play;

namespace {

/// Under water, where nothing comes in during the next frames.
seaquest_rules quiet() {
  seaquest_rules rules;
  rules.ship = {5, 5};
  rules.surfaced = false;
  rules.next_enemy = rules.next_diver = 1000;
  return rules;
}

}  // namespace

TEST_CASE("minatar seaquest: enemies are due every 20 frames from the 21st, divers every 30 from the 31st") {
  seaquest_rules rules;
  iqnrl::generator random = iqnrl::testing::minatar_random(1);
  for (int frame = 1; frame <= 300; ++frame) {
    rules.fish = {};
    rules.subs = {};
    rules.divers = {};
    rules.enemy_bullets = {};
    rules.play(button::none, random);
    const bool enemy_due = frame > 20 && frame % 20 == 1;
    const bool diver_due = frame > 30 && frame % 30 == 1;
    CAPTURE(frame);
    CHECK(rules.fish.size() + rules.subs.size() == (enemy_due ? 1 : 0));
    CHECK(rules.divers.size() == (diver_due ? 1 : 0));
  }
}

TEST_CASE("minatar seaquest: what comes in, and where; no enemy against another in its row") {
  constexpr int spawns = 8000;
  std::array<int, 10> rows{};
  int subs = 0;
  int rightwards = 0;
  int none = 0;
  int divers_rightwards = 0;
  for (int i = 0; i < spawns; ++i) {
    iqnrl::generator random = iqnrl::testing::minatar_random(4, static_cast<std::uint64_t>(i));
    seaquest_rules rules;
    rules.next_enemy = rules.next_diver = 0;
    rules.fish.add({{5, 3}, 1, 5, 0});
    rules.subs.add({{5, 6}, -1, 5, 9});
    rules.play(button::none, random);
    const std::size_t fish_now = rules.fish.size();
    const std::size_t subs_now = rules.subs.size();
    REQUIRE(rules.divers.size() == 1);
    divers_rightwards += rules.divers[0].heading > 0 ? 1 : 0;
    REQUIRE(rules.divers[0].at.x == (rules.divers[0].heading > 0 ? 0 : 9));
    REQUIRE((rules.divers[0].at.y >= 1 && rules.divers[0].at.y <= 8));
    if (fish_now + subs_now == 2) {
      ++none;
      continue;
    }
    subs += subs_now == 2 ? 1 : 0;
    const seaquest_swimmer& one = subs_now == 2 ? rules.subs[1] : rules.fish[1];
    REQUIRE(one.at.x == (one.heading > 0 ? 0 : 9));
    REQUIRE_FALSE((one.at.y == 3 && one.heading < 0));
    REQUIRE_FALSE((one.at.y == 6 && one.heading > 0));
    ++rows[static_cast<std::size_t>(one.at.y)];
    rightwards += one.heading > 0 ? 1 : 0;
  }
  const auto near = [](int count, double share, int of) {
    return std::abs(count - of * share) < 4 * std::sqrt(of * share * (1 - share));
  };
  CHECK(near(none, 1.0 / 8, spawns));
  CHECK(near(subs, 1.0 / 3, spawns - none));
  CHECK(near(rightwards, 0.5, spawns - none));
  CHECK(near(divers_rightwards, 0.5, spawns));
  CHECK((rows[0] == 0 && rows[9] == 0));
  for (std::size_t row = 1; row <= 8; ++row) CHECK(near(rows[row], row == 3 || row == 6 ? 0.0625 : 0.125, spawns));
}

TEST_CASE("minatar seaquest: the lists hold what the hardest game brings") {
  seaquest_rules rules;
  rules.next_enemy = rules.next_diver = 0;
  rules.enemy_interval = 1;
  rules.move_interval = 5;  // slower than it can be by then
  iqnrl::generator random = iqnrl::testing::minatar_random(9);
  std::size_t most = 0;
  for (int frame = 0; frame < 3000; ++frame) {
    rules.ship = {5, 0};
    rules.surfaced = true;
    REQUIRE_NOTHROW(rules.play(button::fire, random));
    most = std::max(most, rules.fish.size() + rules.subs.size());
    REQUIRE(rules.divers.size() <= 2);
    REQUIRE(rules.bullets.size() <= 2);
  }
  CHECK(most > 30);
  CHECK(most <= 60);
}

TEST_CASE("minatar seaquest: oxygen lasts for 200 frames under water") {
  seaquest_rules rules = quiet();
  for (int left = 199; left >= 0; --left) {
    REQUIRE_FALSE(play(rules).over);
    REQUIRE(rules.oxygen == left);
  }
  CHECK(play(rules).over);
  CHECK(lit(rules, 7).empty());
}

TEST_CASE("minatar seaquest: each surfacing makes the game harder, until the intervals are 1 and 2") {
  const std::array<int, 7> moves{5, 5, 4, 4, 3, 3, 2};
  seaquest_rules rules = quiet();
  for (int time = 1; time <= 30; ++time) {
    rules.ship.y = 1;
    rules.surfaced = false;
    rules.on_board = 2;
    play(rules, button::up);
    const int ramps = time < 19 ? time : 19;
    CHECK(rules.ramps == ramps);
    CHECK(rules.enemy_interval == 20 - ramps);
    CHECK(rules.move_interval == (ramps < 7 ? moves[static_cast<std::size_t>(ramps)] : 2));
  }
}
