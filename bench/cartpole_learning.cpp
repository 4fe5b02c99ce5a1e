// Does the CartPole example learn, and does it stay learned? Its presets with its own numbers, over many seeds.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#ifdef IQNRL_OWN_XTENSOR
#include <iqnrl/backend/xtensor.hpp>
#endif
#include <iqnrl/io/svg.hpp>
#include <iqnrl/train/statistics.hpp>

#include <cartpole/settings.hpp>

#include "common.hpp"

namespace {

/// Those fast enough to learn with.
const std::vector<std::string> backends{
    "eigen",
#ifdef IQNRL_OWN_XTENSOR
    "xtensor",
#endif
};

constexpr std::size_t evaluations = 10;
constexpr std::size_t middle = evaluations / 2 - 1;  ///< the evaluation after half of the steps
constexpr std::size_t last = evaluations - 1;
constexpr double solved = 475;
constexpr double perfect = 500;

struct arguments {
  std::vector<std::string> presets{"iqn", "munchausen_iqn"};
  std::string backend = "eigen";
  std::uint64_t seeds = 20;
  std::uint64_t first_seed = 501;  ///< not the seeds that the settings were chosen on
  std::uint64_t steps = 100'000;
  std::size_t episodes = 100;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::filesystem::path out = "build/bench";
  bool resume = false;
};

/// Mean returns of one agent at each evaluation.
struct training {
  double seconds = 0;
  std::array<double, evaluations> returns{};
};
using trainings = std::map<std::uint64_t, training>;  ///< by seed

template <class Preset>
training train(const arguments& a, std::uint64_t seed) {
  const example::options o;
  iqnrl::context ctx{.threads = 1, .seed = seed};
  typename Preset::agent agent{ctx, example::settings<Preset>(o)};
  const bench::stopwatch watch;
  const auto found = bench::train(agent, {o.steps_per_update, o.epochs}, a.steps, a.steps / evaluations, a.episodes);
  training t;
  for (std::size_t i = 0; i < evaluations; ++i) t.returns[i] = found[i].mean();
  t.seconds = watch.seconds();
  return t;
}

training train(const arguments& a, const std::string& preset, std::uint64_t seed) {
  const auto on = [&]<class Backend>(std::type_identity<Backend>) {
    return example::with_preset<Backend>(
        preset, [&]<class Preset>(std::type_identity<Preset>) { return train<Preset>(a, seed); });
  };
#ifdef IQNRL_OWN_XTENSOR
  if (a.backend == "xtensor") return on(std::type_identity<iqnrl::backend::xtensor>{});
#endif
  return on(std::type_identity<iqnrl::backend::eigen>{});
}

/// What the seeds of one preset have in common at one evaluation.
struct summary {
  summary(const trainings& runs, std::size_t evaluation) {
    for (const auto& [seed, run] : runs) returns.push_back(run.returns[evaluation]);
    iqm = iqnrl::interquartile_mean(returns);
    sure = iqnrl::bootstrap_interval(returns, iqnrl::interquartile_mean, 1);
    lowest = *std::min_element(returns.begin(), returns.end());
    solvers = std::count_if(returns.begin(), returns.end(), [](double r) { return r >= solved; });
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:.1f} [{:.1f}, {:.1f}]", iqm, sure.low, sure.high); }

  std::vector<double> returns;
  double iqm = 0;
  iqnrl::interval sure;
  double lowest = 0;
  std::ptrdiff_t solvers = 0;
};

/// The bar: 95 % of the seeds solve CartPole after half of the steps, with an interquartile mean of 500, and all of
/// those still do at the end.
struct verdict {
  explicit verdict(const trainings& runs) : half(runs, middle), end(runs, last) {
    for (const auto& [seed, run] : runs) fallen += run.returns[middle] >= solved && run.returns[last] < solved ? 1 : 0;
    holds = static_cast<double>(half.solvers) >= 0.95 * static_cast<double>(runs.size()) &&
            half.iqm >= perfect - 1e-9 && fallen == 0;
  }
  summary half, end;
  std::size_t fallen = 0;
  bool holds = false;
};

std::string report(const arguments& a, const std::map<std::string, trainings>& runs, const std::string& command,
                   double seconds) {
  const std::uint64_t half = a.steps / 2;
  std::string text = fmt::format(
      "# CartPole-v1: {} seeds of the example's presets on the {} backend\n\n`{}`\n\n"
      "Mean return of {} greedy episodes from unseen starts; IQM: interquartile mean over the seeds with its 95 % "
      "bootstrap interval.\n\n"
      "| preset | seeds >= {} at {} | IQM at {} | lowest | IQM at {} | lowest | solved at {}, not at {} | bar |\n"
      "|---|---|---|---|---|---|---|---|\n",
      a.seeds, a.backend, command, a.episodes, solved, half, half, a.steps, half, a.steps);
  for (const std::string& preset : a.presets) {
    const verdict v(runs.at(preset));
    text +=
        fmt::format("| {} | {} of {} | {} | {:.1f} | {} | {:.1f} | {} | {} |\n", preset, v.half.solvers, a.seeds,
                    v.half.text(), v.half.lowest, v.end.text(), v.end.lowest, v.fallen, v.holds ? "holds" : "missed");
  }
  text += fmt::format(
      "\nThe bar: at {0} steps 95 % of the seeds reach {1} and the IQM is {2}; none of those is below {1} at {3} "
      "steps.\n"
      "\n{4:.0f} s with --jobs {5}.\n\n| preset | seed |",
      half, solved, perfect, a.steps, seconds, a.jobs);
  for (std::size_t i = 1; i <= evaluations; ++i) text += fmt::format(" {} |", i * (a.steps / evaluations));
  text += " seconds |\n|---|---|";
  for (std::size_t i = 0; i <= evaluations; ++i) text += "---|";
  text += "\n";
  for (const std::string& preset : a.presets) {
    for (const auto& [seed, run] : runs.at(preset)) {
      text += fmt::format("| {} | {} | {:.1f} | {:.0f} |\n", preset, seed, fmt::join(run.returns, " | "), run.seconds);
    }
  }
  return text;
}

iqnrl::io::chart chart(const arguments& a, const std::map<std::string, trainings>& runs) {
  iqnrl::io::chart c;
  c.title = fmt::format("CartPole-v1: interquartile mean of {} seeds and its 95 % interval", a.seeds);
  c.x_label = "environment steps";
  c.y_label = fmt::format("mean return of {} greedy episodes", a.episodes);
  c.references = {{solved, "solved"}};
  for (const std::string& preset : a.presets) {
    iqnrl::io::series line;
    line.name = preset;
    for (std::size_t i = 0; i < evaluations; ++i) {
      const summary s(runs.at(preset), i);
      line.x.push_back(static_cast<double>((i + 1) * (a.steps / evaluations)));
      line.y.push_back(s.iqm);
      line.low.push_back(s.sure.low);
      line.high.push_back(s.sure.high);
    }
    c.lines.push_back(line);
  }
  return c;
}

int learn(const arguments& a, const std::string& command) {
  using iqnrl::config_error;
  iqnrl::require<config_error>(a.steps >= evaluations && a.steps % evaluations == 0,
                               "--steps is {}; give a multiple of {}, for there are as many evaluations", a.steps,
                               evaluations);
  iqnrl::require<config_error>(a.seeds >= 1 && a.jobs >= 1, "--seeds is {} and --jobs {}; give 1 or more of both",
                               a.seeds, a.jobs);
  std::vector<std::string> columns{"seed", "seconds"};
  for (std::size_t i = 1; i <= evaluations; ++i)
    columns.push_back(fmt::format("return_at_{}", i * (a.steps / evaluations)));

  std::map<std::string, std::unique_ptr<bench::results>> files;
  std::map<std::string, trainings> runs;
  const auto read = [&](const std::string& preset) {
    for (const std::vector<double>& row : files.at(preset)->rows()) {
      const auto seed = static_cast<std::uint64_t>(row[0]);
      if (seed < a.first_seed || seed >= a.first_seed + a.seeds) continue;
      training& t = runs[preset][seed];
      t.seconds = row[1];
      std::copy_n(row.begin() + 2, evaluations, t.returns.begin());
    }
  };
  for (const std::string& preset : a.presets) {
    files[preset] = std::make_unique<bench::results>(
        a.out / fmt::format("cartpole_learning_{}_{}.csv", a.backend, preset), columns, a.resume);
    read(preset);
  }
  std::vector<std::pair<std::string, std::uint64_t>> open;
  for (std::uint64_t seed = a.first_seed; seed < a.first_seed + a.seeds; ++seed) {
    for (const std::string& preset : a.presets) {
      if (!runs[preset].contains(seed)) open.emplace_back(preset, seed);
    }
  }

  const bench::stopwatch watch;
  bench::side_by_side(open.size(), a.jobs, [&](std::size_t i) {
    const auto& [preset, seed] = open[i];
    const training t = train(a, preset, seed);
    std::vector<double> row{static_cast<double>(seed), t.seconds};
    row.insert(row.end(), t.returns.begin(), t.returns.end());
    files.at(preset)->add(row);
    fmt::print(stderr, "{} seed {}: {:.1f} after {} steps, {:.1f} after {}, {:.0f} s\n", preset, seed,
               t.returns[middle], a.steps / 2, t.returns[last], a.steps, t.seconds);
  });
  const double seconds = watch.seconds();
  for (const std::string& preset : a.presets) read(preset);

  iqnrl::io::write_svg(a.out / "cartpole_learning.svg", chart(a, runs));
  bench::publish(a.out / "cartpole_learning.md", report(a, runs, command, seconds));
  const bool holds = std::all_of(a.presets.begin(), a.presets.end(),
                                 [&](const std::string& preset) { return verdict(runs.at(preset)).holds; });
  return holds ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "Trains the CartPole example's presets with the example's own numbers over many seeds, and says how many solve "
      "it "
      "after half of the steps and how many of those still do at the end. Exit status 0: the bar holds; 2: it does "
      "not."};
  bench::show_defaults(app, "bench_cartpole_learning");
  app.add_option("--presets", a.presets, "Any of iqn, munchausen_iqn and qr_dqn")
      ->delimiter(',')
      ->check(CLI::IsMember({"iqn", "munchausen_iqn", "qr_dqn"}));
  app.add_option("--backend", a.backend, "Who computes")->check(CLI::IsMember(backends));
  app.add_option("--seeds", a.seeds, "How many seeds");
  app.add_option("--first-seed", a.first_seed, "The first of them");
  app.add_option("--steps", a.steps, "Environment steps");
  app.add_option("--episodes", a.episodes, "Greedy episodes an evaluation");
  app.add_option("--jobs", a.jobs, "Seeds at a time, one thread each");
  app.add_option("--out", a.out, "Folder for cartpole_learning.md and .svg, and a .csv a preset");
  app.add_flag("--resume", a.resume, "Go on with the seeds that the .csv lack, if nothing else has changed");
  return bench::run(app, argc, argv, [&] {
    a.presets = bench::without_twins(a.presets);
    return learn(a, bench::command_line(app));
  });
}
