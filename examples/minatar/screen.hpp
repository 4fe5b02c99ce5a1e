// MinAtar to look at: what is in a cell, in which colour, and a frame of a game as text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <minatar/arcade.hpp>

namespace example::minatar {

/// Red, green, blue.
using rgb = std::array<std::uint8_t, 3>;

/// Of a cell in which nothing is.
inline constexpr rgb background{22, 24, 32};

/// What a channel of a game shows.
struct thing {
  std::size_t channel = 0;
  std::string_view name;
  rgb colour{};
};

/// The things of a game; where several are in a cell, the last one is seen.
[[nodiscard]] inline std::vector<thing> things(std::string_view game) {
  constexpr rgb player{90, 200, 250}, shade{36, 88, 112}, trail{58, 62, 74}, foe{235, 77, 75}, prize{246, 196, 69},
      shot{255, 255, 255}, foe_shot{255, 140, 190}, friendly{106, 200, 120}, gauge{70, 110, 200}, fish{240, 150, 80};
  if (game == "breakout") return {{2, "trail", trail}, {3, "brick", fish}, {0, "paddle", player}, {1, "ball", shot}};
  if (game == "freeway") {
    return {{2, "trail", trail}, {3, "", trail},  {4, "", trail},       {5, "", trail},
            {6, "", trail},      {1, "car", foe}, {0, "chicken", prize}};
  }
  if (game == "asterix") return {{2, "trail", trail}, {3, "gold", prize}, {1, "enemy", foe}, {0, "player", player}};
  if (game == "space_invaders")
    return {{1, "alien", friendly}, {5, "alien's bullet", foe_shot}, {4, "bullet", shot}, {0, "cannon", player}};
  return {{3, "trail", trail},     {7, "oxygen", gauge}, {8, "on board", friendly},       {9, "diver", friendly},
          {5, "fish", fish},       {6, "enemy", foe},    {4, "enemy's bullet", foe_shot}, {2, "bullet", shot},
          {1, "behind it", shade}, {0, "ship", player}};
}

/// What is seen in each cell, row by row: 0 for nothing, else 1 + the place of a thing in the list of them.
using screen = std::array<std::uint8_t, side * side>;

/// The screen of a game.
[[nodiscard]] inline screen screen_of(const arcade& game, std::span<const thing> of_game) {
  arcade::observation::value seen;
  game.observe(seen);
  const auto pixels = seen.get<"image">();
  screen shown{};
  for (std::size_t t = 0; t < of_game.size(); ++t) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (pixels[of_game[t].channel * shown.size() + i] != 0) shown[i] = static_cast<std::uint8_t>(t + 1);
    }
  }
  return shown;
}

/// A frame for a terminal with colours: a line of words and ten of cells, two characters wide; each ends with '\n'.
[[nodiscard]] inline std::string to_text(const screen& shown, std::span<const thing> of_game, std::string_view words) {
  std::string text(words);
  text += '\n';
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto [red, green, blue] = shown[i] == 0 ? background : of_game[shown[i] - 1U].colour;
    text += fmt::format("\x1b[48;2;{};{};{}m  ", red, green, blue);
    if ((i + 1) % side == 0) text += "\x1b[0m\n";
  }
  return text;
}

}  // namespace example::minatar
