// An agent that sees: BTR's encoder and head on a world that shows an image.
#include <cstddef>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>

constexpr iqnrl::encoder::impala_options btr{.pool = iqnrl::encoder::last::adaptive_max,
                                             .spectral = iqnrl::encoder::spectral_norm::residual};
using btr_encoder = iqnrl::encoder::impala<2, btr>;

struct screen {
  using observation = iqnrl::observation<iqnrl::image<4, 84, 84>>;
  static constexpr std::size_t actions = 18;
  void reset(const iqnrl::generator& /*start*/) {}
  void observe(observation::value& /*out*/) const {}
  iqnrl::outcome step(int /*action*/) { return {}; }
};

int main() {
  using network = iqnrl::network<screen, btr_encoder, iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, 512>>;
  const network net({});
  fmt::print("{} features, {} parameters\n", network::features, net.table().count());
}
