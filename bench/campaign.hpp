// Trainings of several agents over the same seeds: which are still to do, what they came to, and how sure that is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/svg.hpp>
#include <iqnrl/train/statistics.hpp>

#include "common.hpp"

namespace bench {

/// What the command lines of these have in common; each sets its own defaults.
struct campaign_arguments {
  std::uint64_t seeds = 5;
  std::uint64_t first_seed = 1;
  std::uint64_t steps = 0;
  std::size_t episodes = 0;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::filesystem::path out = "build/bench";
  bool resume = false;
};

/// `files` names what is written into the folder.
inline void add_campaign_options(CLI::App& app, campaign_arguments& a, const std::string& files) {
  app.add_option("--seeds", a.seeds, "How many seeds");
  app.add_option("--first-seed", a.first_seed, "The first of them");
  app.add_option("--steps", a.steps, "Environment steps");
  app.add_option("--episodes", a.episodes, "Greedy episodes an evaluation");
  app.add_option("--jobs", a.jobs, "Seeds at a time, one thread each");
  app.add_option("--out", a.out, "Folder for " + files);
  app.add_flag("--resume", a.resume, "Go on with the seeds that the .csv lack, if nothing else has changed");
}

/// Throws config_error unless there is something to do.
inline void require_campaign(const campaign_arguments& a) {
  iqnrl::require<iqnrl::config_error>(a.seeds >= 1 && a.jobs >= 1,
                                      "--seeds is {} and --jobs {}; give 1 or more of both", a.seeds, a.jobs);
  iqnrl::require_episodes(a.episodes);
}

/// What a training came to: as many numbers as the campaign's columns.
using run_numbers = std::vector<double>;
using runs_by_seed = std::map<std::uint64_t, run_numbers>;

/// Trainings of several agents over the same seeds, with a CSV file an agent: a row is a seed and its numbers.
class campaign {
 public:
  explicit campaign(const campaign_arguments& a) : arguments_(a) {}

  /// An agent whose runs are in `file`. Throws file_error where that exists, unless it is to be resumed and has these
  /// columns.
  void add(const std::string& agent, const std::string& file, std::vector<std::string> columns) {
    columns.insert(columns.begin(), "seed");
    agents_.push_back(agent);
    files_[agent] = std::make_unique<results>(arguments_.out / file, columns, arguments_.resume);
    read(agent);
  }

  /// Makes the runs that the files lack, some at a time: `train(agent, seed)` returns the numbers of one.
  template <class Train>
  void finish(const Train& train) {
    std::vector<std::pair<std::string, std::uint64_t>> open;
    for (std::uint64_t seed = arguments_.first_seed; seed < arguments_.first_seed + arguments_.seeds; ++seed) {
      for (const std::string& agent : agents_) {
        if (!runs_[agent].contains(seed)) open.emplace_back(agent, seed);
      }
    }
    side_by_side(open.size(), arguments_.jobs, [&](std::size_t i) {
      const auto& [agent, seed] = open[i];
      run_numbers row = train(agent, seed);
      row.insert(row.begin(), static_cast<double>(seed));
      files_.at(agent)->add(row);
    });
    for (const std::string& agent : agents_) read(agent);
  }

  /// The runs of one agent.
  [[nodiscard]] const runs_by_seed& of(const std::string& agent) const { return runs_.at(agent); }

 private:
  void read(const std::string& agent) {
    for (const std::vector<double>& row : files_.at(agent)->rows()) {
      const auto seed = static_cast<std::uint64_t>(row[0]);
      if (seed < arguments_.first_seed || seed >= arguments_.first_seed + arguments_.seeds) continue;
      runs_[agent].emplace(seed, run_numbers(row.begin() + 1, row.end()));
    }
  }

  campaign_arguments arguments_;
  std::vector<std::string> agents_;
  std::map<std::string, std::unique_ptr<results>> files_;
  std::map<std::string, runs_by_seed> runs_;
};

/// What the seeds of one agent have in common in one column.
struct summary {
  summary(const runs_by_seed& runs, std::size_t column) {
    for (const auto& [seed, numbers] : runs) values.push_back(numbers[column]);
    iqm = iqnrl::interquartile_mean(values);
    sure = iqnrl::bootstrap_interval(values, iqnrl::interquartile_mean, 1);
    lowest = *std::min_element(values.begin(), values.end());
  }
  [[nodiscard]] std::string text(int digits = 1) const {
    return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", iqm, digits, sure.low, digits, sure.high, digits);
  }

  std::vector<double> values;
  double iqm = 0;
  iqnrl::interval sure;
  double lowest = 0;
};

/// The columns of a training that is evaluated so many times: seconds, and the mean return at each evaluation. Throws
/// config_error where these are not evenly spread.
[[nodiscard]] inline std::vector<std::string> learning_columns(std::uint64_t steps, std::size_t evaluations) {
  iqnrl::require<iqnrl::config_error>(
      steps >= evaluations && steps % evaluations == 0,
      "a training has {} steps; give a multiple of {}, for there are as many evaluations", steps, evaluations);
  std::vector<std::string> columns{"seconds"};
  for (std::size_t i = 1; i <= evaluations; ++i)
    columns.push_back(fmt::format("return_at_{}", i * (steps / evaluations)));
  return columns;
}

/// Trains an agent and returns the numbers of these columns.
template <class Agent>
run_numbers learn(Agent& agent, const iqnrl::trainer_config& training, std::uint64_t steps, std::size_t evaluations,
                  std::size_t episodes, const typename Agent::world_type& world = typename Agent::world_type{}) {
  const stopwatch watch;
  run_numbers numbers{0};
  for (const iqnrl::evaluation& e : train(agent, training, steps, steps / evaluations, episodes, world))
    numbers.push_back(e.mean());
  numbers[0] = watch.seconds();
  return numbers;
}

/// A line of a chart from such numbers: the interquartile mean at each evaluation, with its interval.
[[nodiscard]] inline iqnrl::io::series learning_line(const std::string& name, const runs_by_seed& runs,
                                                     std::uint64_t steps, std::size_t evaluations) {
  iqnrl::io::series line;
  line.name = name;
  for (std::size_t i = 1; i <= evaluations; ++i) {
    const summary s(runs, i);
    line.x.push_back(static_cast<double>(i * (steps / evaluations)));
    line.y.push_back(s.iqm);
    line.low.push_back(s.sure.low);
    line.high.push_back(s.sure.high);
  }
  return line;
}

}  // namespace bench
