// A world with all that a world can have, looked at before any agent sees it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/train/vector_world.hpp>

/// A warehouse of 6 x 6 fields. A robot fetches a parcel and brings it to the corner (0, 0) before its battery is
/// empty.
class warehouse {
 public:
  using observation = iqnrl::observation<iqnrl::part<"map", std::uint8_t, 2, 6, 6>,   // planes: robot, parcel
                                         iqnrl::part<"loaded", float, 1>,             //
                                         iqnrl::legal_actions<4>,                     // not through a wall
                                         iqnrl::field<"battery", std::uint32_t, 1>>;  // for collate, not to be seen
  static constexpr std::size_t actions = 4;                                           // up, down, left, right

  void reset(const iqnrl::generator& g) {
    random_ = g;
    robot_ = {static_cast<int>(random_.below(6)), static_cast<int>(random_.below(6))};
    parcel_ = {static_cast<int>(random_.below(6)), 5};
    loaded_ = 0;
    battery_ = 40;
  }

  void observe(observation::value& out) const {
    const auto map = out.get<"map">();
    std::fill(map.begin(), map.end(), std::uint8_t{0});
    map[at(robot_)] = 255;
    if (loaded_ == 0) map[36 + at(parcel_)] = 255;
    out.get<"loaded">()[0] = static_cast<float>(loaded_);
    for (std::size_t a = 0; a < actions; ++a) out.get<"legal">()[a] = inside(moved(static_cast<int>(a))) ? 1 : 0;
    out.get<"battery">()[0] = battery_;
  }

  iqnrl::outcome step(int action) {
    robot_ = moved(action);
    --battery_;
    if (loaded_ == 0 && robot_ == parcel_) {
      loaded_ = 1;
      return {.reward = 0.5F, .end = empty()};
    }
    if (loaded_ == 1 && robot_ == std::array{0, 0}) return {.reward = 1.0F, .end = iqnrl::ending::terminal};
    return {.reward = -0.01F, .end = empty()};
  }

  /// All that a snapshot has to keep.
  template <class Visitor>
  void state(Visitor& v) {
    v("random", random_);
    v("robot", std::span<int>(robot_));
    v("parcel", std::span<int>(parcel_));
    v("loaded", loaded_);
    v("battery", battery_);
  }

 private:
  using field = std::array<int, 2>;

  [[nodiscard]] iqnrl::ending empty() const { return battery_ == 0 ? iqnrl::ending::truncated : iqnrl::ending::none; }
  [[nodiscard]] static std::size_t at(const field& f) { return static_cast<std::size_t>(f[0] * 6 + f[1]); }
  [[nodiscard]] static bool inside(const field& f) { return f[0] >= 0 && f[0] < 6 && f[1] >= 0 && f[1] < 6; }
  [[nodiscard]] field moved(int action) const {
    constexpr std::array<field, 4> ways{{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}};
    const field& way = ways[static_cast<std::size_t>(action)];
    return {robot_[0] + way[0], robot_[1] + way[1]};
  }

  iqnrl::generator random_;
  field robot_{};
  field parcel_{};
  std::int32_t loaded_ = 0;
  std::uint32_t battery_ = 0;
};
static_assert(iqnrl::check_world<warehouse>());

/// A legal action, as likely as any other.
int any_legal(const warehouse::observation::value& seen, iqnrl::generator& random) {
  int action = 0;
  do action = static_cast<int>(random.below(4));
  while (seen.get<"legal">()[static_cast<std::size_t>(action)] == 0);
  return action;
}

/// Plays at random in 8 copies and counts what an agent would get to see.
std::uint64_t play(std::uint64_t steps, bool show) {
  iqnrl::vector_world<warehouse> worlds{warehouse{}, 8, 1};
  iqnrl::generator random(iqnrl::sequence{1, iqnrl::stream::explore, 0});
  std::vector<int> action(8);
  std::uint64_t rewarded = 0;
  std::uint64_t terminal = 0;
  std::uint64_t truncated = 0;
  for (std::uint64_t t = 0; t < steps; ++t) {
    for (std::size_t w = 0; w < 8; ++w) action[w] = any_legal(worlds.observations()[w], random);
    for (const iqnrl::step_result& r : worlds.step(action)) {
      rewarded += r.outcome.reward > 0 ? 1 : 0;
      terminal += r.outcome.end == iqnrl::ending::terminal ? 1 : 0;
      truncated += r.outcome.end == iqnrl::ending::truncated ? 1 : 0;
    }
  }
  if (show) {
    fmt::print("{} steps, {} of them paid\n", 8 * steps, rewarded);
    fmt::print("{} episodes: {} delivered, {} out of battery\n", terminal + truncated, terminal, truncated);
  }
  return iqnrl::digest(worlds);
}

int main() {
  const std::uint64_t once = play(1'000, true);
  const std::uint64_t again = play(1'000, false);
  fmt::print("run twice: {}\n", once == again ? "the same bits" : "other bits");
}
