// A picture of a whole MinAtar episode: the field at twelve moments, and the score over time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <common/drawing.hpp>
#include <iqnrl/core/error.hpp>
#include <minatar/screen.hpp>

namespace example::minatar {

/// One frame of an episode: what was seen, and the score so far.
struct moment {
  screen shown{};
  int score = 0;
};

namespace detail {

/// Draws one episode as SVG.
class film_strip : drawing {
 public:
  film_strip(std::span<const moment> episode, std::span<const thing> of_game) : episode_(episode), things_(of_game) {}

  [[nodiscard]] std::string draw(std::string_view title) {
    begin(650, title, fmt::format("a score of {} in {} frame{}", episode_.back().score, last(), last() == 1 ? "" : "s"),
          "frame 0", fmt::format("{}", last()));
    key();
    for (std::size_t i = 0; i < fields(); ++i) field(i);
    scores();
    return end();
  }

 private:
  static constexpr std::size_t columns = 6;
  static constexpr double gap = 12;
  static constexpr double cell_size = (right - left - gap * (columns - 1)) / (side * columns);
  static constexpr double first_row = 122;
  static constexpr double row_height = side * cell_size + 34;
  static constexpr double plot_top = 488;
  static constexpr double plot_height = 110;

  [[nodiscard]] std::size_t last() const { return episode_.size() - 1; }
  [[nodiscard]] std::size_t fields() const { return std::min(2 * columns, episode_.size()); }

  void square(double x, double y, double size, const rgb& c) {
    put(R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="#{:02x}{:02x}{:02x}"/>)", x, y, size, size,
        c[0], c[1], c[2]);
  }

  /// What the colours of the cells are.
  void key() {
    double x = left;
    for (const thing& t : things_) {
      if (t.name.empty()) continue;
      square(x - 1.5, 90.5, 14, background);
      square(x, 92, 11, t.colour);
      text(x + 17, 102, t.name);
      x += 32 + 7.2 * static_cast<double>(t.name.size());
    }
  }

  /// The field at one of the moments, evenly spread over the episode.
  void field(std::size_t number) {
    const std::size_t at = last() * number / (fields() - 1);
    const double x = left + static_cast<double>(number % columns) * (side * cell_size + gap);
    const double y = first_row + static_cast<double>(number / columns) * row_height;
    square(x, y, side * cell_size, background);
    const screen& shown = episode_[at].shown;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (shown[i] == 0) continue;
      square(x + static_cast<double>(i % side) * cell_size + 0.5, y + static_cast<double>(i / side) * cell_size + 0.5,
             cell_size - 1, things_[shown[i] - 1U].colour);
    }
    put("\n");
    const double part = static_cast<double>(at) / static_cast<double>(last());
    put(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>)", x + 5, y + side * cell_size + 13, colour(part));
    text(x + 14, y + side * cell_size + 17.5, fmt::format("score {} at {}", episode_[at].score, at));
  }

  void scores() {
    const int most = std::max(1, episode_.back().score);
    const auto x = [&](double frame) { return left + (right - left) * frame / static_cast<double>(last()); };
    const auto y = [&](int score) { return plot_top + plot_height * (1 - static_cast<double>(score) / most); };
    text(left, plot_top - 12, "score", heading);
    for (const int mark : {0, most}) {
      line(left, y(mark), right, y(mark), grid);
      text(left - 10, y(mark) + 4.5, fmt::format("{}", mark), R"(text-anchor="end")");
    }
    for (std::size_t i = 0; i <= 4; ++i) {
      const std::size_t frame = last() * i / 4;
      text(x(static_cast<double>(frame)), plot_top + plot_height + 20, fmt::format("{}", frame),
           R"(text-anchor="middle")");
    }
    curve(
        episode_.size(), [&](std::size_t i) { return x(static_cast<double>(i)); },
        [&](std::size_t i) { return y(episode_[i].score); });
  }

  std::span<const moment> episode_;
  std::span<const thing> things_;
};

}  // namespace detail

/// An SVG picture of an episode, given its moments in order, the one before the first step included. Throws shape_error
/// for fewer than two.
[[nodiscard]] inline std::string film_strip_svg(std::span<const moment> episode, std::span<const thing> of_game,
                                                std::string_view title) {
  iqnrl::require<iqnrl::shape_error>(
      episode.size() >= 2, "a film strip was asked for of {} moments; give the 2 or more moments of an episode",
      episode.size());
  return detail::film_strip(episode, of_game).draw(title);
}

}  // namespace example::minatar
