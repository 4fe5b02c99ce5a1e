// What a stranger writes first: a world, an agent, a training loop.
#include <cstddef>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

/// One of two lamps is lit; the action names it. Five guesses an episode.
struct lamps {
  using observation = iqnrl::observation<iqnrl::part<"lamps", float, 2>>;
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator& random) {
    random_ = random;
    guesses_ = 0;
    lit_ = random_.below(2);
  }
  void observe(observation::value& out) const {
    for (std::size_t i = 0; i < 2; ++i) out.get<"lamps">()[i] = i == lit_ ? 1.0F : 0.0F;
  }
  iqnrl::outcome step(int action) {
    const float reward = static_cast<std::size_t>(action) == lit_ ? 1.0F : 0.0F;
    lit_ = random_.below(2);
    return {reward, ++guesses_ == 5 ? iqnrl::ending::terminal : iqnrl::ending::none};
  }

 private:
  iqnrl::generator random_{};
  std::size_t lit_ = 0;
  int guesses_ = 0;
};

int main() {
  iqnrl::context ctx{.threads = 2, .seed = 1};
  iqnrl::agent<lamps, iqnrl::encoder::mlp<16>, iqnrl::head::plain<16>> agent{
      ctx, {.fractions = {8, 8, 8, 8}, .batch = 16, .learning_starts = 100}};
  iqnrl::trainer loop{agent, lamps{}};
  while (agent.steps() < 400) loop.step();

  bool right = agent.updates() > 0;
  for (int lamp = 0; lamp < 2; ++lamp) {
    lamps::observation::value seen;
    seen.get<"lamps">()[static_cast<std::size_t>(lamp)] = 1.0F;
    right = right && agent.act(seen, iqnrl::mode::greedy) == lamp;
  }
  return right ? 0 : 1;
}
