// What holds of all five MinAtar worlds: the law of worlds, sticky actions, refusals, saved state.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/world_laws.hpp>
#include <minatar/asterix.hpp>
#include <minatar/breakout.hpp>
#include <minatar/freeway.hpp>
#include <minatar/seaquest.hpp>
#include <minatar/space_invaders.hpp>
#include <support/minatar.hpp>

namespace {

using namespace example::minatar;
using iqnrl::testing::minatar_random;
using iqnrl::testing::refusal;

/// Rules that end an episode after eight frames and keep what was pressed.
struct recorder_rules {
  static constexpr std::string_view name = "recorder";
  static constexpr std::size_t channels = 1;
  std::array<button, 8> pressed{};
  std::size_t frames = 0;
  void start(iqnrl::generator&) {}
  verdict play(button now, iqnrl::generator&) {
    pressed[frames++] = now;
    return {1, frames == pressed.size()};
  }
  void draw(picture<channels>&) const {}
  template <class Visitor>
  void state(Visitor&) {}
};
using recorder = game<recorder_rules>;

}  // namespace

TEST_CASE_TEMPLATE("minatar: the law of worlds, where an episode begins with a fresh memory", World, breakout, asterix,
                   seaquest, space_invaders) {
  iqnrl::testing::world_laws<World>({}, World(memory::forgotten));
}

TEST_CASE("minatar: the law of worlds, Freeway") {
  iqnrl::testing::world_laws<freeway>({.episodes = 2, .steps = 300, .endless = true}, freeway(memory::forgotten));
}

TEST_CASE_TEMPLATE("minatar: with the memory that is published, an episode depends on the last action, too", World,
                   breakout, freeway, asterix, seaquest, space_invaders) {
  World used;
  int repeated = 0;
  for (std::uint64_t episode = 0; episode < 40; ++episode) {
    const int before = used.last_action();
    used.reset(minatar_random(3, episode));
    CHECK(used.last_action() == before);
    World twin = used;
    const int given = before == 1 ? 2 : 1;
    used.step(given);
    repeated += used.last_action() == before ? 1 : 0;
    CHECK((used.last_action() == before || used.last_action() == given));
    for (int i = 0; i < 12 && !used.over(); ++i) used.step(5 - i % 6);
    // The copy sees the same.
    twin.step(given);
    for (int i = 0; i < 12 && !twin.over(); ++i) twin.step(5 - i % 6);
    CHECK(iqnrl::digest(used) == iqnrl::digest(twin));
  }
  CHECK(repeated >= 1);  // 4 are expected
  CHECK(repeated <= 12);
}

TEST_CASE("minatar: the action before is repeated with probability 0.1, across episodes as well") {
  constexpr int episodes = 6000;
  recorder world;
  iqnrl::generator choice = minatar_random(77);
  auto last = button::none;
  int sticky = 0;
  int sticky_first = 0;
  for (int e = 0; e < episodes; ++e) {
    world.reset(minatar_random(21, static_cast<std::uint64_t>(e)));
    for (std::size_t i = 0; i < 8; ++i) {
      // Never the action before, so that a repeated one can be told.
      const int given = (static_cast<int>(last) + 1 + static_cast<int>(choice.below(5))) % 6;
      world.step(given);
      const button played = world.rules().pressed[i];
      const bool repeated = played == last;
      REQUIRE((repeated || played == static_cast<button>(given)));
      sticky += repeated ? 1 : 0;
      sticky_first += repeated && i == 0 ? 1 : 0;
      last = played;
    }
  }
  const auto near = [](int count, double of) { return std::abs(count - of / 10) < 4 * std::sqrt(of * 0.09); };
  CHECK(near(sticky, 8.0 * episodes));
  CHECK(near(sticky_first, episodes));
}

TEST_CASE("minatar: the first action of all is n, and so is that of each episode for a world that forgets") {
  int sticky = 0;
  for (std::uint64_t e = 0; e < 3000; ++e) {
    recorder fresh;
    recorder forgetful(memory::forgotten);
    forgetful.reset(minatar_random(30, e));
    for (int i = 0; i < 8; ++i) forgetful.step(5);
    fresh.reset(minatar_random(31, e));
    forgetful.reset(minatar_random(31, e));
    fresh.step(4);
    forgetful.step(4);
    const button first = fresh.rules().pressed[0];
    REQUIRE((first == button::none || first == button::down));
    REQUIRE(forgetful.rules().pressed[0] == first);
    sticky += first == button::none ? 1 : 0;
  }
  CHECK(std::abs(sticky - 300) < 4 * std::sqrt(270.0));
}

TEST_CASE_TEMPLATE("minatar: six actions, bytes of 0 and 255, rewards that are not negative, terminal endings", World,
                   breakout, freeway, asterix, seaquest, space_invaders) {
  static_assert(World::actions == 6);
  static_assert(std::is_trivially_copyable_v<World>);
  static_assert(World::observation::count == 1);
  static_assert(World::observation::bytes == 100 * World::rules_type::channels);
  World world;
  world.reset(minatar_random(2));
  typename World::observation::value seen;
  iqnrl::generator choice = minatar_random(4);
  for (int frame = 0; frame < 400; ++frame) {
    world.observe(seen);
    std::size_t marked = 0;
    for (const std::uint8_t byte : seen.template get<"image">()) {
      REQUIRE((byte == 0 || byte == 255));
      marked += byte == 255 ? 1 : 0;
    }
    REQUIRE(marked >= 1);
    const iqnrl::outcome out = world.step(static_cast<int>(choice.below(6)));
    REQUIRE(out.reward >= 0);
    REQUIRE(world.over() == (out.end == iqnrl::ending::terminal));
    if (world.over()) world.reset(minatar_random(2, static_cast<std::uint64_t>(frame) + 1));
  }
}

TEST_CASE("minatar: channels as published") {
  CHECK(asterix_rules::channels == 4);
  CHECK(breakout_rules::channels == 4);
  CHECK(freeway_rules::channels == 7);
  CHECK(seaquest_rules::channels == 10);
  CHECK(space_invaders_rules::channels == 6);
}

TEST_CASE_TEMPLATE("minatar: wrong calls are refused in one sentence and change nothing", World, breakout, freeway,
                   asterix, seaquest, space_invaders) {
  const std::string name(World::rules_type::name);
  World world;
  CHECK(refusal<iqnrl::error>([&] { world.step(0); }) ==
        name + " was stepped while no episode is running; call reset first");
  world.reset(minatar_random(1));
  const std::uint64_t before = iqnrl::digest(world);
  CHECK(refusal<iqnrl::shape_error>([&] { world.step(6); }) ==
        name + " was given action 6; give one of 0 to 5, which are n, l, u, r, d, f");
  CHECK_THROWS_AS(world.step(-1), iqnrl::shape_error);
  CHECK(iqnrl::digest(world) == before);
  iqnrl::generator choice = minatar_random(6);
  while (!world.over()) world.step(static_cast<int>(choice.below(6)));
  CHECK_THROWS_AS(world.step(0), iqnrl::error);
}

TEST_CASE_TEMPLATE("minatar: a saved world goes on alike", World, breakout, freeway, asterix, seaquest,
                   space_invaders) {
  World world;
  world.reset(minatar_random(5));
  for (int i = 0; i < 6; ++i) world.step(i % 6);
  const iqnrl::snapshot saved = iqnrl::snapshot::of(world);
  World other;
  saved.restore(other);
  for (int i = 0; i < 500 && !world.over(); ++i) {
    const iqnrl::outcome a = world.step(i * 7 % 6);
    const iqnrl::outcome b = other.step(i * 7 % 6);
    REQUIRE((a.reward == b.reward && a.end == b.end));
    REQUIRE(iqnrl::digest(world) == iqnrl::digest(other));
  }
}

TEST_CASE("minatar: a short list") {
  struct thing {
    cell at{};
  };
  short_list<thing, 3> list;
  for (int i = 0; i < 3; ++i) list.add({{i, 2}});
  CHECK(refusal<iqnrl::shape_error>([&] { list.add({}); }) ==
        "a list of a MinAtar game holds 3 things; make it longer");
  CHECK(list.find({1, 2}) == 1);
  list.remove(1);
  CHECK(list.size() == 2);
  CHECK(list[1].at == cell{2, 2});
  CHECK(list.find({1, 2}) == list.size());
}
