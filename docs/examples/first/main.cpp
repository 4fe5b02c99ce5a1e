// Trains an agent to land, and counts how many landings are soft.
#include <algorithm>

#include <fmt/format.h>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/run.hpp>

#include "lander.hpp"

using pilot = iqnrl::agent<lander>;  // an IQN: every choice that is left out takes its default

int main() {
  iqnrl::context ctx{.threads = 2, .seed = 1};
  pilot agent{ctx,
              {.fractions = {.online = 8, .target = 8, .select = 8, .act = 32},
               .sync = {.every = 100},
               .collate = {.steps = 5},
               .explore = {.epsilon = iqnrl::schedule::linear({{0, 1.0}, {3'000, 0.05}})}}};

  const auto soft_landings = [&] {
    const iqnrl::evaluation played = iqnrl::evaluate(agent, lander{}, 100, 7);
    return std::count_if(played.returns.begin(), played.returns.end(), [](double r) { return r > 0; });
  };
  fmt::print("untrained: {:>3} of 100 landings are soft\n", soft_landings());
  iqnrl::run_training(agent, lander{}, {.steps = 5'000, .evaluate_every = 250, .out = "results", .title = "Lander"});
  fmt::print("trained:   {:>3} of 100 landings are soft\n", soft_landings());
}
