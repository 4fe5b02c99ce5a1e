// The four rows of a published investigation of another implementation of IQN on CartPole (rejax's, ported to Flax
// NNX), trained here with its numbers.
//
// What differs: their code takes the next action (with 32 fractions of its own) and the next quantiles from the online
// network by mistake, so that their target network is never read, and takes the end of a time limit for a terminal
// state; here both are from the target network, with shared fractions, and a time limit is bootstrapped from. They clip
// each element of the gradient, act uniformly until the replay is filled, explore 0.5 % in evaluations, and start from
// Flax's initial weights.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/statistics.hpp>

#include <cartpole/cartpole.hpp>

#include "common.hpp"

namespace {

constexpr double unclipped = std::numeric_limits<double>::infinity();

/// A row of the published table, and the score that it has there.
struct setting {
  std::string_view name;
  std::size_t batch;
  std::size_t worlds;
  std::uint64_t epochs;  ///< updates after each step of all worlds
  std::uint64_t steps;
  std::size_t fill;  ///< steps before the first update
  double clip_norm;  ///< of the gradient
  double polyak;     ///< share of the online network that the target takes over, every update
  double theirs;     ///< published return, of one seed
};

constexpr std::array<setting, 4> table{{
    {"original", 1, 1, 1, 100'000, 1'000, unclipped, 0.01, 211.3},
    {"improved batch", 32, 1, 1, 100'000, 1'000, unclipped, 0.01, 500.0},
    {"fully improved", 64, 10, 5, 100'000, 5'000, 10, 0.05, 500.0},
    {"long training", 64, 10, 5, 200'000, 5'000, 10, 0.05, 497.0},
}};

using silu = iqnrl::activation::silu;
/// Two layers of 64, phi = relu(Dense(64 cosines)), a product, a layer of 64; swish but for phi, as in rejax.
using agent_type = iqnrl::agent<example::cartpole, iqnrl::encoder::mlp_with<silu, 64, 64>,
                                iqnrl::conditioning::cosine<64>, iqnrl::head::plain_with<silu, 64>,
                                iqnrl::target::max<iqnrl::target::draws::shared>, iqnrl::sync::polyak>;

struct arguments {
  std::vector<std::size_t> rows{1, 2, 3, 4};
  std::uint64_t seeds = 5;
  std::uint64_t first_seed = 1;
  std::size_t episodes = 100;
  std::uint64_t percent = 100;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::filesystem::path out = "build/bench";
  bool resume = false;
};

agent_type::config config_of(const setting& s, std::uint64_t steps) {
  agent_type::config c;
  c.batch = s.batch;
  c.worlds = s.worlds;
  c.learning_starts = s.fill;
  c.clip_norm = s.clip_norm;
  c.fractions = {64, 64, 64, 32};
  c.loss.kappa = 1;
  c.optimizer.rate = 3e-4;
  c.sync = {s.polyak, 1};
  c.replay.capacity = 100'000;
  c.collate.steps = 1;
  c.collate.discount = 0.99;
  c.explore.epsilon = iqnrl::schedule::linear({{0, 1.0}, {steps / 2, 0.01}});
  return c;
}

std::uint64_t steps_of(const setting& s, const arguments& a) {
  return std::max<std::uint64_t>(2 * s.worlds, s.steps * a.percent / 100 / s.worlds * s.worlds);
}

/// The rows of the CSV file: row, seed, steps, mean return, lowest and highest episode, seconds.
enum column : std::size_t { row_column, seed_column, steps_column, mean_column, columns = 7 };

std::vector<double> train(const arguments& a, std::size_t row, std::uint64_t seed) {
  const setting& s = table[row - 1];
  const std::uint64_t steps = steps_of(s, a);
  const bench::stopwatch watch;
  iqnrl::context ctx{.threads = 1, .seed = seed};
  agent_type agent{ctx, config_of(s, steps)};
  const iqnrl::evaluation e = bench::train(agent, {s.worlds, s.epochs}, steps, steps, a.episodes).back();
  return {static_cast<double>(row),
          static_cast<double>(seed),
          static_cast<double>(steps),
          e.mean(),
          e.lowest(),
          e.highest(),
          watch.seconds()};
}

/// Mean returns of the seeds of one row, as far as there are any.
std::vector<double> returns_of(const arguments& a, const bench::results& found, std::size_t row) {
  std::vector<double> returns;
  for (std::uint64_t seed = a.first_seed; seed < a.first_seed + a.seeds; ++seed) {
    for (const std::vector<double>& r : found.rows()) {
      if (r[row_column] != static_cast<double>(row) || r[seed_column] != static_cast<double>(seed) ||
          r[steps_column] != static_cast<double>(steps_of(table[row - 1], a)))
        continue;
      returns.push_back(r[mean_column]);
      break;
    }
  }
  return returns;
}

std::string report(const arguments& a, const bench::results& found, const std::string& command) {
  std::string text = fmt::format(
      "# CartPole-v1: the rows of another implementation's investigation\n\n`{}`\n\n"
      "Mean return of {} greedy episodes after the last step; ours over {} seeds, theirs of one.\n\n"
      "| row | batch | worlds | epochs | steps | theirs | ours: mean | lowest seed | highest seed | IQM |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n",
      command, a.episodes, a.seeds);
  for (const std::size_t row : a.rows) {
    const setting& s = table[row - 1];
    const std::vector<double> returns = returns_of(a, found, row);
    const auto [low, high] = std::minmax_element(returns.begin(), returns.end());
    const double mean = std::accumulate(returns.begin(), returns.end(), 0.0) / static_cast<double>(returns.size());
    text += fmt::format("| {} | {} | {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n", s.name, s.batch,
                        s.worlds, s.epochs, steps_of(s, a), s.theirs, mean, *low, *high,
                        iqnrl::interquartile_mean(returns));
  }
  return text;
}

int compare(const arguments& a, const std::string& command) {
  iqnrl::require<iqnrl::config_error>(a.seeds >= 1 && a.jobs >= 1 && a.percent >= 1,
                                      "--seeds is {}, --jobs {} and --percent {}; give 1 or more of each", a.seeds,
                                      a.jobs, a.percent);
  bench::results found(a.out / "cartpole_table.csv",
                       {"row", "seed", "steps", "return", "return_lowest", "return_highest", "seconds"}, a.resume);
  std::vector<std::pair<std::size_t, std::uint64_t>> open;
  for (std::uint64_t seed = a.first_seed; seed < a.first_seed + a.seeds; ++seed) {
    arguments one = a;
    one.first_seed = seed;
    one.seeds = 1;
    for (const std::size_t row : a.rows) {
      if (returns_of(one, found, row).empty()) open.emplace_back(row, seed);
    }
  }
  bench::side_by_side(open.size(), a.jobs, [&](std::size_t i) {
    const auto [row, seed] = open[i];
    const std::vector<double> result = train(a, row, seed);
    found.add(result);
    fmt::print(stderr, "row {} ({}) seed {}: {:.1f} after {} steps, {:.0f} s\n", row, table[row - 1].name, seed,
               result[mean_column], result[steps_column], result.back());
  });
  bench::publish(a.out / "cartpole_table.md", report(a, found, command));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "Trains IQN on CartPole with the numbers of a published investigation of another implementation, row by row, and "
      "prints our scores beside those."};
  bench::show_defaults(app, "bench_cartpole_table");
  app.add_option("--rows", a.rows, "Rows of the table, of 1 to 4")->delimiter(',')->check(CLI::Range(1, 4));
  app.add_option("--seeds", a.seeds, "How many seeds a row");
  app.add_option("--first-seed", a.first_seed, "The first of them");
  app.add_option("--episodes", a.episodes, "Greedy episodes of the evaluation");
  app.add_option("--percent", a.percent, "Percent of each row's steps, for a quick look");
  app.add_option("--jobs", a.jobs, "Seeds at a time, one thread each");
  app.add_option("--out", a.out, "Folder for cartpole_table.md and .csv");
  app.add_flag("--resume", a.resume, "Go on with the rows and seeds that the .csv lacks, if nothing else has changed");
  return bench::run(app, argc, argv, [&] {
    a.rows = bench::without_twins(a.rows);
    return compare(a, bench::command_line(app));
  });
}
