// What the parts around the network cost: steps of the examples' worlds, and prioritised replay.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/core/random.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/train/statistics.hpp>

#include <cartpole/cartpole.hpp>
#include <minatar/breakout.hpp>

#include "common.hpp"

namespace {

struct arguments {
  std::size_t rounds = 15;
  std::size_t steps = 2'000'000;
  std::size_t items = 1'000'000;
  std::size_t batch = 256;
  std::filesystem::path out;
};

/// Million steps a second of a world that is played at random and begins anew where an episode ends, once a round.
template <class World>
std::vector<double> speeds(const arguments& a, World world) {
  std::vector<double> found;
  for (std::size_t r = 0; r < a.rounds; ++r) {
    iqnrl::generator random(iqnrl::sequence{1, iqnrl::stream::evaluation_world, r});
    std::uint64_t bits = 0x9e3779b97f4a7c15;
    world.reset(random);
    double total = 0;
    const bench::stopwatch watch;
    for (std::size_t s = 0; s < a.steps; ++s) {
      bits ^= bits << 13U;
      bits ^= bits >> 7U;
      bits ^= bits << 17U;
      const iqnrl::outcome o = world.step(static_cast<int>(bits % World::actions));
      total += static_cast<double>(o.reward);
      if (o.end != iqnrl::ending::none)
        world.reset(iqnrl::generator(iqnrl::sequence{s, iqnrl::stream::evaluation_world, r}));
    }
    found.push_back(1e-6 * static_cast<double>(a.steps) / watch.seconds());
    volatile double kept = total;
    (void)kept;
  }
  return found;
}

/// Microseconds in which a batch is drawn and its priorities are set, once a round.
std::vector<double> replays(const arguments& a) {
  iqnrl::replay::prioritized::sampler sampler({.capacity = a.items}, a.items);
  for (std::size_t i = 0; i < a.items; ++i) sampler.ready(i);
  std::vector<std::size_t> index(a.batch);
  std::vector<float> weight(a.batch), priority(a.batch);
  constexpr std::size_t batches = 200;
  std::vector<double> found;
  std::uint64_t draw = 0;
  for (std::size_t r = 0; r <= a.rounds; ++r) {
    const bench::stopwatch watch;
    for (std::size_t b = 0; b < batches; ++b) {
      sampler.sample(iqnrl::sequence{1, iqnrl::stream::replay, draw++}, 0, index, weight);
      for (std::size_t k = 0; k < a.batch; ++k) priority[k] = weight[k] + static_cast<float>(k % 7);
      sampler.update(index, priority, priority);
    }
    if (r > 0) found.push_back(1e6 * watch.seconds() / batches);  // the first round touches the memory
  }
  return found;
}

std::string line(std::string_view what, std::string_view unit, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return fmt::format("| {} | {:.1f} ({:.1f} to {:.1f}) {} |\n", what, iqnrl::median(values), *low, *high, unit);
}

int time(const arguments& a, const std::string& command) {
  iqnrl::require<iqnrl::config_error>(a.rounds >= 1 && a.steps >= 1 && a.items >= 1 && a.batch >= 1,
                                      "--rounds is {}, --steps {}, --items {} and --batch {}; give 1 or more of each",
                                      a.rounds, a.steps, a.items, a.batch);
  std::string text = fmt::format(
      "# Time of the parts around a network\n\n`{}`\n\nMedian of the rounds (lowest to highest), on one thread. Worlds "
      "are played at random.\n\n| what | measured |\n|---|---|\n",
      command);
  text += line("CartPole", "million steps/s", speeds(a, example::cartpole{}));
  text += line("MinAtar Breakout", "million steps/s", speeds(a, example::minatar::breakout{}));
  text += line(fmt::format("prioritised replay of {} items: {} drawn, and their priorities set", a.items, a.batch),
               "microseconds", replays(a));
  bench::publish(a.out.empty() ? a.out : a.out / "parts.md", text);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{"Times steps of the examples' worlds and prioritised replay."};
  bench::show_defaults(app, "bench_parts");
  app.add_option("--rounds", a.rounds, "Rounds of each measurement");
  app.add_option("--steps", a.steps, "Steps of a world a round");
  app.add_option("--items", a.items, "Items of the replay");
  app.add_option("--batch", a.batch, "Items drawn at once");
  app.add_option("--out", a.out, "Folder for parts.md; none: print only");
  return bench::run(app, argc, argv, [&] { return time(a, bench::command_line(app)); });
}
