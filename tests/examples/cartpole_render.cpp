#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <cartpole/render.hpp>

namespace {

using example::cartpole;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Characters of a UTF-8 text: all bytes but continuations.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Column of the first character that is no space.
std::size_t first_mark(const std::string& line) { return line.find_first_not_of(' '); }

std::string frame(const cartpole::numbers& state, int width) {
  cartpole world;
  world.set_state(state);
  return example::to_text(world, width);
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

}  // namespace

TEST_CASE("cartpole frame: fits its width and 12 lines at 72 columns") {
  CHECK(lines_of(frame({0, 0, 0, 0}, 72)).size() <= 12);
  for (const int width : {24, 25, 40, 71, 72, 73, 120, 400}) {
    for (const double x : {-3.0, -2.4, -0.013, 0.0, 1.7, 2.4, 1e300}) {
      for (const double theta : {-7.0, -0.2, 0.0, 0.1, 3.2}) {
        const std::vector<std::string> lines = lines_of(frame({x, 0, theta, 0}, width));
        CHECK(lines.size() == lines_of(frame({0, 0, 0, 0}, width)).size());
        for (std::size_t i = 1; i < lines.size(); ++i) CHECK(characters(lines[i]) <= static_cast<std::size_t>(width));
      }
    }
  }
}

TEST_CASE("cartpole frame: the pole leans to the side of its angle, as far as its sine says") {
  // 72 columns show 5.4 m, so the tip of the 1 m pole leans 72 / 5.4 * sin(0.2) = 2.65 columns.
  const auto tip_and_foot = [](double theta) {
    const std::vector<std::string> lines = lines_of(frame({0, 0, theta, 0}, 72));
    return std::pair(first_mark(lines[1]), first_mark(lines[lines.size() - 4]));
  };
  const auto [upright_tip, upright_foot] = tip_and_foot(0);
  CHECK(upright_tip == upright_foot);
  const auto [right_tip, right_foot] = tip_and_foot(0.2);
  CHECK(right_tip >= right_foot + 2);
  CHECK(right_tip <= right_foot + 3);
  const auto [left_tip, left_foot] = tip_and_foot(-0.2);
  CHECK(left_tip + 2 <= left_foot);
  CHECK(left_tip + 3 >= left_foot);
}

TEST_CASE("cartpole frame: the cart stands at its position and the numbers are told") {
  const auto cart = [](double x) {
    const std::vector<std::string> lines = lines_of(frame({x, 0, 0, 0}, 108));
    return first_mark(lines[lines.size() - 3]);
  };
  CHECK(cart(1.0) == cart(0.0) + 20);
  CHECK(cart(-1.0) + 20 == cart(0.0));
  const std::string text = frame({-1.234, 0, 0.1, 0}, 72);
  CHECK(text.find("position -1.23 m") != std::string::npos);
  CHECK(text.find("angle +5.7°") != std::string::npos);
}

TEST_CASE("cartpole frame: a width that cannot be drawn is refused") {
  CHECK_THROWS_WITH_AS((void)frame({0, 0, 0, 0}, 23), "a frame of 23 columns was asked for; ask for 24 to 400",
                       iqnrl::config_error);
  CHECK_THROWS_AS((void)frame({0, 0, 0, 0}, 401), iqnrl::config_error);
  CHECK_THROWS_AS((void)frame({0, 0, 0, 0}, -1), iqnrl::config_error);
}

TEST_CASE("cartpole player: writes nothing to what is no terminal") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  REQUIRE(file);
  example::player player(file.get());
  CHECK_FALSE(player.live());
  player.show("a frame\n");
  CHECK(std::ftell(file.get()) == 0);
}

TEST_CASE("cartpole film strip: a picture of every state, its title escaped") {
  std::vector<cartpole::numbers> episode;
  for (int i = 0; i <= 100; ++i) episode.push_back({0.01 * i, 0, 0.05 * std::sin(i / 5.0), 0});
  const std::string svg = example::film_strip_svg(episode, "a < b & \"c\"");
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("a &lt; b &amp; ") != std::string::npos);
  CHECK(svg.find("Kept upright for 2 s (100 steps)") != std::string::npos);
  CHECK(svg.find("largest angle 2.9°") != std::string::npos);
  CHECK(svg.find("largest offset 1.00 m") != std::string::npos);
  CHECK(occurrences(svg, "<text") == occurrences(svg, "</text>"));
  CHECK(occurrences(svg, "<g ") == occurrences(svg, "</g>"));
  const std::size_t begin = svg.find("points=\"") + 8;
  const std::string points = svg.substr(begin, svg.find('"', begin) - begin);
  CHECK(std::count(points.begin(), points.end(), ',') == 101);
  CHECK(svg.find("nan") == std::string::npos);
}

TEST_CASE("cartpole film strip: tells a lost episode, draws a short one, refuses an empty one") {
  const std::vector<cartpole::numbers> lost{{0, 0, 0.2, 0}, {0, 0, 0.22, 0}};
  CHECK(example::film_strip_svg(lost, "").find("Lost after 0.02 s (1 step)") != std::string::npos);
  const std::vector<cartpole::numbers> one(1);
  CHECK_THROWS_WITH_AS((void)example::film_strip_svg(one, ""),
                       "a film strip was asked for of 1 states; give the 2 or more states of an episode",
                       iqnrl::shape_error);
  const std::vector<cartpole::numbers> broken{{0, 0, 0, 0}, {0, 0, std::numeric_limits<double>::quiet_NaN(), 0}};
  CHECK_THROWS_AS((void)example::film_strip_svg(broken, ""), iqnrl::numeric_error);
}
