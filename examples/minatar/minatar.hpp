// What the five MinAtar games share: buttons, cells, short lists, the picture, and the world around a game's rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>

namespace example::minatar {

/// Cells of the field in each direction.
inline constexpr int side = 10;

/// The actions of every game, in the published order n, l, u, r, d, f. A game ignores what it has no use for.
enum class button : std::uint8_t { none, left, up, right, down, fire };

/// What one frame of a game came to.
struct verdict {
  int reward = 0;
  bool over = false;
};

/// A place on the field: x is the column, from the left, y the row, from the top. May lie outside.
struct cell {
  int x = 0;
  int y = 0;
  constexpr bool operator==(const cell&) const = default;
  [[nodiscard]] constexpr bool inside() const { return x >= 0 && x < side && y >= 0 && y < side; }
  /// The cell `distance` columns further on.
  [[nodiscard]] constexpr cell along(int distance) const { return {x + distance, y}; }
};

/// A number that is `change` away from `value` if that lies within [low, high], else the limit.
[[nodiscard]] constexpr int moved(int value, int change, int low, int high) {
  const int wanted = value + change;
  return wanted < low ? low : wanted > high ? high : wanted;
}

/// -1 or 1, evenly: a direction along a row.
[[nodiscard]] inline int random_heading(iqnrl::generator& random) { return random.below(2) == 0 ? 1 : -1; }

/// The column at which what moves towards `heading` comes in.
[[nodiscard]] constexpr int entry(int heading) { return heading > 0 ? 0 : side - 1; }

/// At most N things in the order of their arrival, without memory of their own elsewhere.
template <class T, std::size_t N>
class short_list {
 public:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(count_); }
  [[nodiscard]] T& operator[](std::size_t i) { return items_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] const T* begin() const { return items_.data(); }
  [[nodiscard]] const T* end() const { return items_.data() + size(); }

  void add(const T& item) {
    iqnrl::require<iqnrl::shape_error>(size() < N, "a list of a MinAtar game holds {} things; make it longer", N);
    items_[size()] = item;
    ++count_;
  }

  /// The order of the others stays; what is behind the last is zero again.
  void remove(std::size_t place) {
    for (std::size_t i = place + 1; i < size(); ++i) items_[i - 1] = items_[i];
    --count_;
    items_[size()] = T{};
  }

  /// The place of the oldest thing in a cell, or the size.
  [[nodiscard]] std::size_t find(cell at) const {
    std::size_t i = 0;
    while (i < size() && !(items_[i].at == at)) ++i;
    return i;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("count", count_);
    v("items", std::span(items_));
  }

 private:
  std::array<T, N> items_{};
  std::int32_t count_ = 0;
};

/// The picture [Channels, y, x] of a game: 255 in marked cells and 0 in all others.
template <std::size_t Channels>
class picture {
 public:
  using bytes = std::span<std::uint8_t, Channels * side * side>;

  /// Starts an empty picture.
  explicit picture(bytes pixels) : pixels_(pixels) { std::memset(pixels.data(), 0, pixels.size()); }

  /// A cell outside the field is left out.
  void mark(std::size_t channel, cell at) {
    if (at.inside()) pixels_[channel * side * side + static_cast<std::size_t>(at.y * side + at.x)] = 255;
  }

 private:
  bytes pixels_;
};

/// What becomes of the last action when an episode ends.
enum class memory : std::uint8_t {
  kept,       ///< it may be repeated in the first frame of the next episode, as in the published environment
  forgotten,  ///< every episode starts with n as the last action, so that it depends on nothing before it
};

/// A MinAtar game (Young and Tian, "MinAtar: an Atari-inspired testbed for thorough and reproducible reinforcement
/// learning experiments", 2019) as a world: `Rules` with sticky actions.
///
/// Six actions, 0 to 5: n, l, u, r, d, f (nothing, left, up, right, down, fire). With probability 0.1 the action of the
/// frame before, itself perhaps a repeated one, is played in place of the given one; before the first frame it is n.
/// The last action is kept across episodes unless the world is built with `memory::forgotten`. Difficulty ramps.
/// Everything random, the sticky coin included, comes from the generator that `reset` was given.
template <class Rules>
class game {
 public:
  using rules_type = Rules;
  using observation = iqnrl::observation<iqnrl::image<Rules::channels, side, side>>;
  static constexpr std::size_t actions = 6;
  static constexpr double stickiness = 0.1;

  explicit game(memory last_action = memory::kept) : memory_(last_action) {}

  void reset(const iqnrl::generator& start) {
    random_ = start;
    if (memory_ == memory::forgotten) last_ = 0;
    rules_ = Rules{};
    rules_.start(random_);
    over_ = 0;
  }

  void observe(typename observation::value& out) const {
    picture<Rules::channels> image(out.template get<"image">());
    rules_.draw(image);
  }

  /// Throws shape_error for an action outside [0, 6), and error before the first reset or after the end of an episode;
  /// nothing has changed then.
  iqnrl::outcome step(int action) {
    iqnrl::require<iqnrl::shape_error>(action >= 0 && action < static_cast<int>(actions),
                                       "{} was given action {}; give one of 0 to 5, which are n, l, u, r, d, f",
                                       Rules::name, action);
    iqnrl::require<iqnrl::error>(over_ == 0, "{} was stepped while no episode is running; call reset first",
                                 Rules::name);
    if (random_.uniform() >= stickiness) last_ = static_cast<std::uint8_t>(action);
    const verdict now = rules_.play(static_cast<button>(last_), random_);
    over_ = now.over ? 1 : 0;
    return {static_cast<float>(now.reward), now.over ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

  /// The situation on the field.
  [[nodiscard]] const Rules& rules() const { return rules_; }
  /// The action that was played last, which a sticky frame repeats.
  [[nodiscard]] int last_action() const { return last_; }
  /// True before the first reset and from the end of an episode to the next reset.
  [[nodiscard]] bool over() const { return over_ != 0; }

  /// Shows all state: see iqnrl/core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    v("random", random_);
    v("rules", rules_);
    v("last_action", last_);
    v("over", over_);
  }

 private:
  iqnrl::generator random_{};
  Rules rules_{};
  memory memory_ = memory::kept;
  std::uint8_t last_ = 0;
  std::uint8_t over_ = 1;
};

}  // namespace example::minatar
