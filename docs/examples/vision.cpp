// An agent that sees: BTR's encoder and head on a world that shows stacks of frames.
#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>

constexpr iqnrl::encoder::impala_options btr{.pool = iqnrl::encoder::last::adaptive_max,
                                             .spectral = iqnrl::encoder::spectral_norm::residual};
using btr_encoder = iqnrl::encoder::impala<2, btr>;

/// A star crosses a dark screen; the agent sees the last four frames.
struct screen {
  using stack = iqnrl::frame_stack<4, iqnrl::image<1, 84, 84>>;
  using observation = iqnrl::observation<stack>;
  static constexpr std::size_t actions = 18;

  void reset(const iqnrl::generator& start) {
    place = iqnrl::generator(start).below(84 * 84);
    frames.begin(draw());
  }
  void observe(observation::value& out) const { frames.write(out.get<"image">()); }
  iqnrl::outcome step(int action) {
    place = (place + static_cast<std::size_t>(action)) % (84 * 84);
    frames.push(draw());
    return {};
  }

  std::array<std::uint8_t, 84 * 84> draw() const {
    std::array<std::uint8_t, 84 * 84> sky{};
    sky[place] = 255;
    return sky;
  }

  std::size_t place = 0;
  iqnrl::frame_stacker<stack> frames;
};

int main() {
  using network = iqnrl::network<screen, btr_encoder, iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, 512>>;
  const network net({});
  fmt::print("{} features, {} parameters\n", network::features, net.table().count());
}
