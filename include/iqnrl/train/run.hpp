// A whole training: the loop, evaluations, a live line, a log, a curve and the weights.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/csv.hpp>
#include <iqnrl/io/svg.hpp>
#include <iqnrl/train/evaluate.hpp>
#include <iqnrl/train/progress.hpp>
#include <iqnrl/train/trainer.hpp>

namespace iqnrl {

/// One evaluation in the course of a training.
struct evaluation_point {
  std::uint64_t steps = 0;
  std::uint64_t updates = 0;
  double seconds = 0;  ///< since the training began
  evaluation result;
};

/// The numbers of a training.
struct run_config {
  std::uint64_t steps = 50'000;           ///< environment steps, over all worlds
  std::uint64_t evaluate_every = 5'000;   ///< environment steps
  std::size_t evaluation_episodes = 100;  ///< greedy episodes an evaluation
  std::uint64_t evaluation_seed = 1'000'003;
  trainer_config training{};
  std::filesystem::path out{};                   ///< folder for the files; made if need be; empty: no files
  std::string title = "Learning curve";          ///< of the curve
  std::vector<io::reference_line> references{};  ///< drawn into the curve
  const std::atomic<bool>* stop = nullptr;       ///< set it to end the training after the step that it is in
  std::function<void(const evaluation_point&)> evaluated{};  ///< called after each evaluation
};

/// How a training went.
struct run_result {
  std::vector<evaluation_point> evaluations;
  double seconds = 0;
  bool stopped = false;  ///< `stop` was set before the last step
};

/// The evaluations as a chart: the mean return over environment steps, with a band from the lowest to the highest
/// episode.
[[nodiscard]] inline io::chart learning_curve(const std::string& title, const std::vector<evaluation_point>& points,
                                              const std::vector<io::reference_line>& references = {}) {
  io::series line;
  line.name = "mean";
  for (const auto& p : points) {
    line.x.push_back(static_cast<double>(p.steps));
    line.y.push_back(p.result.mean());
    line.low.push_back(p.result.lowest());
    line.high.push_back(p.result.highest());
  }
  io::chart c;
  c.title = title;
  c.x_label = "environment steps";
  c.y_label = "return of greedy episodes, from the lowest to the highest";
  c.lines = {line};
  c.references = references;
  return c;
}

/// Makes a folder for results, with those above it; nothing for an empty path. Throws file_error where that is
/// impossible.
inline void make_results_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  require<file_error>(!failed, "the folder {} cannot be made ({}); give another one", folder.string(),
                      failed.message());
}

/// Trains an agent, evaluates it on starts of their own, and writes `training.csv`, `curve.svg` and
/// `weights.safetensors` at each evaluation, so that a training that dies has lost nothing before its last one; when
/// `stop` is set, the weights are written once more and nothing is lost at all. Shows a live line on stderr where that
/// is a terminal.
///
/// Throws file_error before the first step where the folder cannot be written, config_error for numbers out of range,
/// and what the agent throws.
template <class Agent>
run_result run_training(Agent& agent, const typename Agent::world_type& world, const run_config& c) {
  require<config_error>(c.steps >= 1, "steps is 0; train for 1 or more environment steps");
  require<config_error>(c.evaluate_every >= 1, "evaluate_every is 0; evaluate after 1 or more environment steps");
  require_episodes(c.evaluation_episodes);
  trainer<Agent> loop(agent, world, c.training);
  run_result result;
  const auto file = [&](const char* name) { return c.out / name; };
  std::optional<io::csv_log> log;
  if (!c.out.empty()) {
    make_results_folder(c.out);
    std::error_code absent;
    std::filesystem::remove(file("training.csv"), absent);
    log.emplace(file("training.csv"), std::vector<std::string>{"steps", "updates", "seconds", "return", "return_lowest",
                                                               "return_highest", "episodes", "training_return", "loss",
                                                               "mean_q", "td_error", "gradient_norm", "rate"});
    agent.save(file("weights.safetensors"));
  }

  progress_line line(c.steps);
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };

  const auto look = [&] {
    evaluation_point point{agent.steps(), agent.updates(), 0,
                           evaluate(agent, world, c.evaluation_episodes, c.evaluation_seed, agent.steps())};
    point.seconds = seconds();
    result.evaluations.push_back(point);
    if (log) {
      const learn_report& r = loop.report();
      const double unknown = std::numeric_limits<double>::quiet_NaN();
      const auto known = [&](double x) { return r.updated ? x : unknown; };
      log->row({static_cast<double>(point.steps), static_cast<double>(point.updates), point.seconds,
                point.result.mean(), point.result.lowest(), point.result.highest(),
                static_cast<double>(loop.episodes()), loop.latest_return().value_or(unknown), known(r.loss),
                known(r.mean_q), known(r.td_error), known(r.gradient_norm), known(r.rate)});
      log->flush();
      io::write_svg(file("curve.svg"), learning_curve(c.title, result.evaluations, c.references));
      agent.save(file("weights.safetensors"));
    }
    line.clear();
    if (c.evaluated) c.evaluated(point);
  };

  std::uint64_t next = c.evaluate_every;
  while (agent.steps() < c.steps && !result.stopped) {
    loop.step();
    line.update(agent.steps(), agent.updates(), loop.latest_return());
    result.stopped = c.stop != nullptr && c.stop->load(std::memory_order_relaxed) && agent.steps() < c.steps;
    if (!result.stopped && (agent.steps() >= next || agent.steps() >= c.steps)) {
      look();
      while (next <= agent.steps()) next += c.evaluate_every;
    }
  }
  if (result.stopped && !c.out.empty()) agent.save(file("weights.safetensors"));
  result.seconds = seconds();
  return result;
}

}  // namespace iqnrl
