// A world of one's own.
#pragma once

#include <iqnrl/contract/world.hpp>

/// A lander falls on the moon. Twice a second its engine is off (0) or on (1); it should touch down slower than 2 m/s.
struct lander {
  using observation = iqnrl::observation<iqnrl::part<"height", float, 1>, iqnrl::part<"speed", float, 1>>;
  static constexpr std::size_t actions = 2;

  /// An episode begins. All chance comes from `random`.
  void reset(const iqnrl::generator& random) {
    iqnrl::generator draw = random;
    height = draw.uniform(5, 10);
    speed = draw.uniform(-2, 0);
    time = 0;
  }
  /// What the agent sees, in numbers near 1.
  void observe(observation::value& out) const {
    out.get<"height">()[0] = static_cast<float>(height / 10);
    out.get<"speed">()[0] = static_cast<float>(speed / 5);
  }
  /// What an action is worth, and whether the episode is over.
  iqnrl::outcome step(int action) {
    speed += (action == 1 ? 1.6 : -1.6) * 0.5;
    height += speed * 0.5;
    if (height <= 0) {
      return {.reward = static_cast<float>(speed > -2 ? 1 : speed / 5), .end = iqnrl::ending::terminal};
    }
    return {.reward = -0.02F, .end = ++time == 50 ? iqnrl::ending::truncated : iqnrl::ending::none};
  }

  double height = 0;
  double speed = 0;
  int time = 0;
};
static_assert(iqnrl::check_world<lander>());
