// -O3 -ffast-math lets the compiler assume that there is no NaN. What iqnrl refuses, it refuses all the same.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <iqnrl/agent.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/io/svg.hpp>

#ifndef __FAST_MATH__
#error this program tests nothing without -ffast-math
#endif

/// Shows one number; nothing is ever done to it.
struct dial {
  using observation = iqnrl::observation<iqnrl::part<"dial", float, 1>>;
  static constexpr std::size_t actions = 2;
  void reset(const iqnrl::generator&) {}
  void observe(observation::value&) const {}
  iqnrl::outcome step(int) { return {}; }
};

using dial_agent = iqnrl::agent<dial, iqnrl::encoder::mlp<8>, iqnrl::head::plain<8>>;

volatile std::uint32_t nan_bits = 0x7FC00000U;  // as a NaN of another file would come, unseen by the compiler
float nan() { return std::bit_cast<float>(static_cast<std::uint32_t>(nan_bits)); }

int failures = 0;

void check(bool ok, const char* what) {
  if (ok) return;
  std::printf("%s\n", what);
  ++failures;
}

template <class Error, class F>
void refused(F&& f, const char* what) {
  bool thrown = false;
  try {
    f();
  } catch (const Error&) {
    thrown = true;
  }
  check(thrown, what);
}

/// Enough steps to learn from, and an update.
iqnrl::learn_report round(dial_agent& agent, float reward) {
  const dial::observation::value seen{};
  for (int i = 0; i < 16; ++i) {
    static_cast<void>(agent.act(seen));
    agent.observe({.reward = reward}, seen);
  }
  return agent.learn();
}

int main() {
  check(!iqnrl::is_finite(nan()) && !iqnrl::is_finite(static_cast<double>(nan())), "is_finite takes a NaN");
  check(iqnrl::is_nan(nan()) && iqnrl::is_nan(static_cast<double>(nan())), "is_nan misses a NaN");
  check(iqnrl::is_finite(1.0F) && !iqnrl::is_nan(1.0F), "1 is a number");

  iqnrl::context ctx{.seed = 1};
  const std::vector<float> third{1.0F / 3};
  std::vector<float> cosines(8);
  iqnrl::device<iqnrl::backend::native>{}.cosine(iqnrl::view<const float, 1>(third.data(), {1}), 0,
                                                 iqnrl::view<float, 2>(cosines.data(), {1, cosines.size()}));
  check(cosines[1] > 0.499F && cosines[1] < 0.501F && cosines[3] < -0.999F, "takes no turns off an angle");

  const dial_agent::config numbers{.fractions = {8, 8, 8, 8}, .batch = 4, .learning_starts = 8};
  dial_agent agent{ctx, numbers};
  check(round(agent, 1).updated, "an update with sound numbers is not made");

  dial::observation::value broken{};
  broken.get<"dial">()[0] = nan();
  refused<iqnrl::numeric_error>([&] { static_cast<void>(agent.act(broken)); }, "acts on a NaN");
  static_cast<void>(agent.act({}));
  refused<iqnrl::numeric_error>([&] { agent.observe({.reward = 1}, broken); }, "observes a NaN");
  refused<iqnrl::numeric_error>([&] { agent.observe({.reward = nan()}, {}); }, "takes a NaN for a reward");

  dial_agent exploding{ctx, numbers};
  refused<iqnrl::numeric_error>([&] { round(exploding, 3e38F); }, "learns from a loss that is not finite");

  const auto nan_number = static_cast<double>(nan());
  auto wrong = numbers;
  wrong.clip_norm = nan_number;
  refused<iqnrl::config_error>([&] { const dial_agent refused_agent{ctx, wrong}; }, "clips at a NaN");
  refused<iqnrl::config_error>([&] { const iqnrl::optimizer::adam adam{{.beta1 = nan_number}}; }, "beta1 is a NaN");
  refused<iqnrl::config_error>([&] { const iqnrl::optimizer::adam adam{{.rate = nan_number}}; }, "rate is a NaN");
  const iqnrl::io::chart chart{.y_range = {{0, nan_number}}};
  refused<iqnrl::config_error>([&] { static_cast<void>(iqnrl::io::to_svg(chart)); }, "a chart up to a NaN");
  return failures;
}
