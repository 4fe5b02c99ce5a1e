// Four trainings in a world whose value is known, three of them with a mistake: what an agent expects beside what it
// earns.
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

/// Action 0 pays 1, for ever, and action 1 pays nothing. The recording is cut after 20 steps.
struct treadmill {
  using observation = iqnrl::observation<iqnrl::part<"nothing", float, 1>>;
  static constexpr std::size_t actions = 2;

  void reset(const iqnrl::generator&) { time = 0; }
  void observe(observation::value&) const {}
  iqnrl::outcome step(int action) {
    return {.reward = action == 0 ? 1.0F : 0.0F, .end = ++time == 20 ? cut : iqnrl::ending::none};
  }

  iqnrl::ending cut = iqnrl::ending::truncated;
  int time = 0;
};

using walker = iqnrl::agent<treadmill, iqnrl::encoder::mlp<16>, iqnrl::head::plain<16>>;

/// Trains for 2,000 steps and prints what the agent expects at the start and what it earns from there on.
void train(const char* name, const walker::config& numbers, const treadmill& world = {}) {
  iqnrl::context ctx{.seed = 1};
  walker agent{ctx, numbers};
  iqnrl::trainer loop{agent, world};
  while (agent.steps() < 2'000) loop.step();

  const treadmill::observation::value start;
  const double expected = agent.acting().values(start)[0];
  double earned = 0;
  double discount = 1;
  treadmill played;
  for (int t = 0; t < 200; ++t, discount *= 0.9) {
    earned += discount * static_cast<double>(played.step(agent.act(start, iqnrl::mode::greedy)).reward);
  }
  fmt::print("{:<24} expects {:>2}, earns {:>2}, {:>4} updates\n", name, std::lround(expected), std::lround(earned),
             agent.updates());
}

int main() {
  const walker::config healthy{.fractions = {.online = 4, .target = 4, .select = 4, .act = 8},
                               .optimizer = {.rate = 3e-3},
                               .sync = {.every = 10},
                               .collate = {.discount = 0.9},
                               .explore = {.epsilon = 0.2},
                               .learning_starts = 100};
  train("healthy", healthy);

  train("time limit as an end", healthy, {.cut = iqnrl::ending::terminal});

  walker::config frozen = healthy;
  frozen.sync.every = 10'000;
  train("target never copied", frozen);

  walker::config waiting = healthy;
  waiting.learning_starts = 5'000;
  train("never starts to learn", waiting);
}
