#include <chrono>
#include <cstdio>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

#include "recurrent.hpp"

/// One of two lamps is lit; the action names it. Five guesses an episode.
struct lamps {
  using observation = iqnrl::observation<iqnrl::part<"lamps", float, 2>>;
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator& g) {
    random = g;
    guesses = 0;
    lit = random.below(2);
  }
  void observe(observation::value& out) const {
    for (std::size_t i = 0; i < 2; ++i) out.get<"lamps">()[i] = i == lit ? 1.0F : 0.0F;
  }
  iqnrl::outcome step(int action) {
    const float reward = static_cast<std::size_t>(action) == lit ? 1.0F : 0.0F;
    lit = random.below(2);
    return {reward, ++guesses == 5 ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

  iqnrl::generator random{};
  std::size_t lit = 0;
  int guesses = 0;
};

/// The quickest of 20 calls of a primitive, in microseconds.
template <class Backend>
double cosines() {
  const iqnrl::device<Backend> device;
  const std::size_t rows = 4096;  // a batch of 64 with 64 fractions
  const iqnrl::memory<Backend> memory(device, rows * 65 * sizeof(float), "the measurement");
  const iqnrl::view<float, 1> tau = memory.template as<float>(rows);
  const iqnrl::view<float, 2> y(tau.data() + rows, {rows, 64});
  device.fill_uniform(tau, iqnrl::sequence{1, iqnrl::stream::fractions, 0}, 0);
  double best = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    device.cosine(iqnrl::view<const float, 1>(tau), 0, y);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best = took.count() < best ? took.count() : best;
  }
  return best;
}

int main() {
  iqnrl::context ctx{.threads = 2, .seed = 1};
  iqnrl::agent<lamps, recurrent, iqnrl::encoder::mlp<16>, iqnrl::head::plain<16>> agent{
      ctx, {.fractions = {8, 8, 8, 8}, .batch = 16, .learning_starts = 100}};
  iqnrl::trainer loop{agent, lamps{}};
  while (agent.steps() < 400) loop.step();
  int right = 0;
  for (int lamp = 0; lamp < 2; ++lamp) {
    lamps::observation::value seen;
    seen.get<"lamps">()[static_cast<std::size_t>(lamp)] = 1.0F;
    right += agent.act(seen, iqnrl::mode::greedy) == lamp ? 1 : 0;
  }
  std::printf("%d of 2 lamps named\n", right);
  std::fprintf(stderr, "4096 x 64 cosines: recurrent %.0f us, eigen %.0f us\n", cosines<recurrent>(),
               cosines<iqnrl::backend::eigen>());
  return right == 2 ? 0 : 1;
}
