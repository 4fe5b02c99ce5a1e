// A small world that shows an image and a number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/world.hpp>

namespace iqnrl::testing {

/// A dot falls through a 6 x 7 image and should be met by a paddle below it; the number is the dot's height, of which
/// a network measures mean and deviation.
struct image_world {
  using observation = iqnrl::observation<image<2, 6, 7>, floats<1, scaling::running>>;
  static constexpr std::size_t actions = 3;

  void reset(const generator& start) {
    random_ = start;
    dot_ = random_.below(7);
    paddle_ = random_.below(7);
    row_ = 0;
  }
  void observe(observation::value& out) const {
    auto pixels = out.get<"image">();
    std::fill(pixels.begin(), pixels.end(), std::uint8_t{0});
    pixels[row_ * 7 + dot_] = 255;
    pixels[42 + 35 + paddle_] = 200;
    out.get<"floats">()[0] = 1.0F - static_cast<float>(row_) / 5.0F;
  }
  [[nodiscard]] outcome step(int action) {
    if (action == 0 && paddle_ > 0) --paddle_;
    if (action == 2 && paddle_ < 6) ++paddle_;
    if (++row_ < 5) return {};
    return {paddle_ == dot_ ? 1.0F : -1.0F, ending::terminal};
  }

 private:
  generator random_{};
  std::size_t dot_ = 0;
  std::size_t paddle_ = 0;
  std::size_t row_ = 0;
};
static_assert(world<image_world>);

}  // namespace iqnrl::testing
