// A small world that shows stacks of frames.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/world.hpp>

namespace iqnrl::testing {

/// A light moves about three places, and the action names the place where it was a step before.
struct frame_world {
  using stack = frame_stack<3, image<1, 1, 3>>;
  using observation = iqnrl::observation<stack>;
  static constexpr std::size_t actions = 3;

  void reset(const generator& start) {
    random_ = start;
    time_ = 0;
    before_ = light_ = random_.below(3);
    frames_.begin(frame());
  }
  void observe(observation::value& out) const { frames_.write(out.get<"image">()); }
  [[nodiscard]] outcome step(int action) {
    const float reward = static_cast<std::size_t>(action) == before_ ? 1.0F : 0.0F;
    before_ = light_;
    light_ = random_.below(3);
    frames_.push(frame());
    constexpr std::array ends{ending::terminal, ending::truncated, ending::broken};
    return {reward, ++time_ == 7 ? ends[light_] : ending::none};
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("random", random_);
    v("frames", frames_);
    v("before", before_);
    v("light", light_);
    v("time", time_);
  }

 private:
  [[nodiscard]] std::array<std::uint8_t, 3> frame() const {
    std::array<std::uint8_t, 3> shown{};
    shown[light_] = 255;
    return shown;
  }

  generator random_{};
  frame_stacker<stack> frames_{};
  std::size_t before_ = 0;
  std::size_t light_ = 0;
  int time_ = 0;
};
static_assert(world<frame_world>);

}  // namespace iqnrl::testing
