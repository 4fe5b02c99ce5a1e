// The five MinAtar games as one world, so that one agent type can play each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <minatar/asterix.hpp>
#include <minatar/breakout.hpp>
#include <minatar/freeway.hpp>
#include <minatar/seaquest.hpp>
#include <minatar/space_invaders.hpp>

namespace example::minatar {

/// The games by their names.
inline const std::vector<std::string> games{"breakout", "freeway", "asterix", "seaquest", "space_invaders"};

/// One of the five games. What is seen has the channels of the game, and empty ones up to the ten of Seaquest.
///
/// An episode is truncated after 10,000 frames, for some need not end: a ship of Seaquest that stays at the surface is
/// safe. The published environment has no such limit.
class arcade {
 public:
  static constexpr std::size_t channels = seaquest_rules::channels;
  using observation = iqnrl::observation<iqnrl::image<channels, side, side>>;
  static constexpr std::size_t actions = 6;
  static constexpr std::uint32_t most_frames = 10'000;

  arcade() = default;

  /// Throws config_error for a name that no game has.
  explicit arcade(std::string_view name) {
    if (name == "freeway") game_.emplace<freeway>();
    if (name == "asterix") game_.emplace<asterix>();
    if (name == "seaquest") game_.emplace<seaquest>();
    if (name == "space_invaders") game_.emplace<space_invaders>();
    iqnrl::require<iqnrl::config_error>(
        name == this->name(), "there is no game {}; give breakout, freeway, asterix, seaquest or space_invaders", name);
  }

  [[nodiscard]] std::string_view name() const {
    return std::visit([]<class Rules>(const game<Rules>&) { return Rules::name; }, game_);
  }

  void reset(const iqnrl::generator& start) {
    std::visit([&](auto& game) { game.reset(start); }, game_);
    frame_ = 0;
  }

  void observe(observation::value& out) const {
    const auto pixels = out.get<"image">();
    std::visit(
        [&]<class Rules>(const game<Rules>& game) {
          constexpr std::size_t used = Rules::channels * side * side;
          picture<Rules::channels> image(pixels.template first<used>());
          game.rules().draw(image);
          std::fill(pixels.begin() + used, pixels.end(), std::uint8_t{0});
        },
        game_);
  }

  /// See game::step.
  iqnrl::outcome step(int action) {
    iqnrl::outcome result = std::visit([&](auto& game) { return game.step(action); }, game_);
    if (++frame_ >= most_frames && result.end == iqnrl::ending::none) result.end = iqnrl::ending::truncated;
    return result;
  }

  /// Shows all state: see iqnrl/core/state.hpp. It goes back into a world of the same game.
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&]<class Rules>(game<Rules>& game) { v(Rules::name, game); }, game_);
    v("frame", frame_);
  }

 private:
  std::variant<breakout, freeway, asterix, seaquest, space_invaders> game_;
  std::uint32_t frame_ = 0;
};

static_assert(iqnrl::check_world<arcade>());

}  // namespace example::minatar
