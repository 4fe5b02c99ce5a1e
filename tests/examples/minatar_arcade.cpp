// The five games as one world, and what they look like.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/world_laws.hpp>
#include <minatar/arcade.hpp>
#include <minatar/film_strip.hpp>
#include <minatar/screen.hpp>
#include <support/minatar.hpp>

namespace {

using namespace example::minatar;
using iqnrl::testing::minatar_random;

}  // namespace

TEST_CASE_TEMPLATE("minatar arcade: plays as the game does, and shows empty channels beyond the game's", World,
                   breakout, freeway, asterix, seaquest, space_invaders) {
  const std::string name(World::rules_type::name);
  arcade any(name);
  World one;
  CHECK(any.name() == name);
  CHECK(std::find(games.begin(), games.end(), name) != games.end());
  any.reset(minatar_random(8));
  one.reset(minatar_random(8));
  arcade::observation::value wide;
  typename World::observation::value narrow;
  iqnrl::generator choice = minatar_random(9);
  for (int frame = 0; frame < 300; ++frame) {
    any.observe(wide);
    one.observe(narrow);
    const auto given = wide.get<"image">();
    const auto expected = narrow.template get<"image">();
    REQUIRE(std::equal(expected.begin(), expected.end(), given.begin()));
    REQUIRE(std::all_of(given.begin() + expected.size(), given.end(), [](std::uint8_t byte) { return byte == 0; }));
    const int action = static_cast<int>(choice.below(6));
    const iqnrl::outcome a = any.step(action);
    const iqnrl::outcome b = one.step(action);
    REQUIRE((a.reward == b.reward && a.end == b.end));
    if (one.over()) {
      any.reset(minatar_random(8, static_cast<std::uint64_t>(frame) + 1));
      one.reset(minatar_random(8, static_cast<std::uint64_t>(frame) + 1));
    }
  }
}

TEST_CASE("minatar arcade: a saved world goes on alike") {
  for (const std::string& name : games) {
    arcade world(name);
    world.reset(minatar_random(5));
    for (int i = 0; i < 4; ++i) world.step(i);
    const iqnrl::snapshot saved = iqnrl::snapshot::of(world);
    arcade other(name);
    saved.restore(other);
    CHECK(iqnrl::digest(world) == iqnrl::digest(other));
    world.step(5);
    other.step(5);
    CHECK(iqnrl::digest(world) == iqnrl::digest(other));
    arcade fresh(name);
    CHECK(iqnrl::digest(world) != iqnrl::digest(fresh));
  }
}

TEST_CASE("minatar arcade: an episode that would not end is truncated") {
  arcade world("seaquest");  // where the ship is safe at the surface
  for (std::uint64_t episode = 0; episode < 2; ++episode) {
    world.reset(minatar_random(6, episode));
    iqnrl::outcome last;
    std::uint32_t frame = 0;
    for (; last.end == iqnrl::ending::none; ++frame) last = world.step(0);
    CHECK(frame == arcade::most_frames);
    CHECK(last.end == iqnrl::ending::truncated);
  }
}

TEST_CASE("minatar arcade: a game that does not exist") {
  CHECK(iqnrl::testing::refusal<iqnrl::config_error>([] { arcade("pong"); }) ==
        "there is no game pong; give breakout, freeway, asterix, seaquest or space_invaders");
}

TEST_CASE("minatar screen: every channel of a game is a thing of its own, and names are told once") {
  const std::vector<std::size_t> channels{4, 7, 4, 10, 6};
  for (std::size_t g = 0; g < games.size(); ++g) {
    INFO(games[g]);
    const auto of_game = things(games[g]);
    std::set<std::size_t> shown;
    for (const thing& t : of_game) {
      CHECK(t.channel < channels[g]);
      CHECK(shown.insert(t.channel).second);
    }
    // The aliens' heading is not seen in a still.
    CHECK(shown.size() == channels[g] - (games[g] == "space_invaders" ? 2 : 0));
  }
}

TEST_CASE("minatar screen: a frame of Breakout") {
  arcade world("breakout");
  world.reset(minatar_random(1));
  const auto of_game = things("breakout");
  const screen shown = screen_of(world, of_game);
  const auto named = [&](std::size_t x, std::size_t y) {
    const std::uint8_t t = shown[y * 10 + x];
    return t == 0 ? std::string_view("nothing") : of_game[t - 1U].name;
  };
  CHECK(named(5, 0) == "nothing");
  CHECK(named(5, 1) == "brick");
  CHECK(named(4, 9) == "paddle");
  CHECK((named(0, 3) == "ball" || named(9, 3) == "ball"));
  const std::string text = to_text(shown, of_game, "a frame");
  CHECK(text.starts_with("a frame\n\x1b[48;2;22;24;32m  "));
  CHECK(std::count(text.begin(), text.end(), '\n') == 11);
  CHECK(text.ends_with("\x1b[0m\n"));
}

TEST_CASE("minatar film strip: at most twelve moments, the score, its title escaped; one moment is refused") {
  const auto of_game = things("seaquest");
  arcade world("seaquest");
  world.reset(minatar_random(1));
  std::vector<moment> episode{{screen_of(world, of_game), 0}};
  const auto strip = [&] { return film_strip_svg(episode, of_game, "a < b"); };
  CHECK(iqnrl::testing::refusal<iqnrl::shape_error>([&] { static_cast<void>(strip()); }) ==
        "a film strip was asked for of 1 moments; give the 2 or more moments of an episode");
  const auto fields = [&] {
    const std::string svg = strip();
    std::size_t n = 0;
    for (std::size_t at = svg.find(">score "); at != std::string::npos; at = svg.find(">score ", at + 1)) ++n;
    return n;
  };
  episode.push_back(episode.front());
  CHECK(strip().find("a score of 0 in 1 frame<") != std::string::npos);
  CHECK(fields() == 2);
  for (int i = 0; i < 98; ++i) episode.push_back({episode.front().shown, i / 10});
  const std::string svg = strip();
  CHECK(fields() == 12);
  CHECK(svg.find("a score of 9 in 99 frames") != std::string::npos);
  CHECK(svg.find("a &lt; b") != std::string::npos);
  CHECK(svg.find(">ship<") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.ends_with("</svg>\n"));
}
