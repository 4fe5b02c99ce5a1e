// What the CartPole program trains: three presets with numbers for a world this small.
#pragma once

#include <cstddef>
#include <cstdint>

#include <iqnrl/agent.hpp>

#include <cartpole/cartpole.hpp>

namespace example {

/// What the command line can change.
struct options {
  std::uint64_t seed = 1;
  std::uint64_t steps = 50'000;
  std::size_t threads = 1;
  std::size_t batch = 64;
  std::size_t worlds = 1;
  std::size_t fractions = 8;
  std::uint64_t steps_per_update = 1;
  std::uint64_t epochs = 1;
  double rate = 5e-4;
};

/// CartPole's numbers on top of a preset's: a rate and an exploration that fit tens of thousands of steps instead of
/// hundreds of millions, 3-step returns, and a target network that is copied often.
template <class Preset>
typename Preset::agent::config settings(const options& o) {
  auto c = Preset::config();
  c.batch = o.batch;
  c.worlds = o.worlds;
  c.learning_starts = 1'000;
  c.clip_norm = 10;
  if constexpr (requires { c.fractions.online; }) c.fractions = {o.fractions, o.fractions, o.fractions, 32};
  c.replay.capacity = 100'000;
  c.collate.steps = 3;
  c.optimizer.epsilon = 1e-8;
  c.optimizer.rate = iqnrl::schedule::geometric({{0, o.rate}, {100'000, o.rate / 10}});
  c.sync.every = 500;
  c.explore.epsilon = iqnrl::schedule::linear({{0, 1.0}, {10'000, 0.02}});
  return c;
}

}  // namespace example
