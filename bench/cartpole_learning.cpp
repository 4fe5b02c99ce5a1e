// Does the CartPole example learn, and does it stay learned? Its presets with its own numbers, over many seeds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#include <iqnrl/io/svg.hpp>

#include <cartpole/backends.hpp>
#include <cartpole/settings.hpp>

#include "campaign.hpp"

namespace {

constexpr std::size_t evaluations = 10;
constexpr std::size_t middle = evaluations / 2;  ///< the column of the evaluation after half of the steps
constexpr std::size_t last = evaluations;
constexpr double solved = 475;
constexpr double perfect = 500;

struct arguments : bench::campaign_arguments {
  std::vector<std::string> presets{"iqn", "munchausen_iqn"};
  std::string backend = example::backends.front();
};

template <class Preset>
bench::run_numbers train(const arguments& a, std::uint64_t seed) {
  const example::options o;
  iqnrl::context ctx{.threads = 1, .seed = seed};
  typename Preset::agent agent{ctx, example::settings<Preset>(o)};
  return bench::learn(agent, {o.steps_per_update, o.epochs}, a.steps, evaluations, a.episodes);
}

bench::run_numbers train(const arguments& a, const std::string& preset, std::uint64_t seed) {
  return example::with_backend(a.backend, [&]<class Backend>(std::type_identity<Backend>) {
    return example::with_preset<Backend>(
        preset, [&]<class Preset>(std::type_identity<Preset>) { return train<Preset>(a, seed); });
  });
}

std::ptrdiff_t solvers(const bench::summary& s) {
  return std::count_if(s.values.begin(), s.values.end(), [](double r) { return r >= solved; });
}

/// The bar: 95 % of the seeds solve CartPole after half of the steps, with an interquartile mean of 500, and all of
/// those still do at the end.
struct verdict {
  explicit verdict(const bench::runs_by_seed& runs) : half(runs, middle), end(runs, last) {
    for (const auto& [seed, run] : runs) fallen += run[middle] >= solved && run[last] < solved ? 1 : 0;
    holds = static_cast<double>(solvers(half)) >= 0.95 * static_cast<double>(runs.size()) &&
            half.iqm >= perfect - 1e-9 && fallen == 0;
  }
  bench::summary half, end;
  std::size_t fallen = 0;
  bool holds = false;
};

std::string report(const arguments& a, const bench::campaign& runs, const std::string& command, double seconds) {
  const std::uint64_t half = a.steps / 2;
  std::string text = fmt::format(
      "# CartPole-v1: {} seeds of the example's presets on the {} backend\n\n`{}`\n\n"
      "Mean return of {} greedy episodes from unseen starts; IQM: interquartile mean over the seeds with its 95 % "
      "bootstrap interval.\n\n"
      "| preset | seeds >= {} at {} | IQM at {} | lowest | IQM at {} | lowest | solved at {}, not at {} | bar |\n"
      "|---|---|---|---|---|---|---|---|\n",
      a.seeds, a.backend, command, a.episodes, solved, half, half, a.steps, half, a.steps);
  for (const std::string& preset : a.presets) {
    const verdict v(runs.of(preset));
    text +=
        fmt::format("| {} | {} of {} | {} | {:.1f} | {} | {:.1f} | {} | {} |\n", preset, solvers(v.half), a.seeds,
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
    for (const auto& [seed, run] : runs.of(preset)) {
      text += fmt::format("| {} | {} | {:.1f} | {:.0f} |\n", preset, seed, fmt::join(run.begin() + 1, run.end(), " | "),
                          run[0]);
    }
  }
  return text;
}

iqnrl::io::chart chart(const arguments& a, const bench::campaign& runs) {
  iqnrl::io::chart c;
  c.title = fmt::format("CartPole-v1: interquartile mean of {} seeds and its 95 % interval", a.seeds);
  c.x_label = "environment steps";
  c.y_label = fmt::format("mean return of {} greedy episodes", a.episodes);
  c.references = {{solved, "solved"}};
  for (const std::string& preset : a.presets)
    c.lines.push_back(bench::learning_line(preset, runs.of(preset), a.steps, evaluations));
  return c;
}

int learn(const arguments& a, const std::string& command) {
  bench::require_campaign(a);
  bench::campaign runs(a);
  for (const std::string& preset : a.presets) {
    runs.add(preset, fmt::format("cartpole_learning_{}_{}.csv", a.backend, preset),
             bench::learning_columns(a.steps, evaluations));
  }
  const bench::stopwatch watch;
  runs.finish([&](const std::string& preset, std::uint64_t seed) {
    const bench::run_numbers t = train(a, preset, seed);
    fmt::print(stderr, "{} seed {}: {:.1f} after {} steps, {:.1f} after {}, {:.0f} s\n", preset, seed, t[middle],
               a.steps / 2, t[last], a.steps, t[0]);
    return t;
  });
  const double seconds = watch.seconds();
  iqnrl::io::write_svg(a.out / "cartpole_learning.svg", chart(a, runs));
  bench::publish(a.out / "cartpole_learning.md", report(a, runs, command, seconds));
  const bool holds = std::all_of(a.presets.begin(), a.presets.end(),
                                 [&](const std::string& preset) { return verdict(runs.of(preset)).holds; });
  return holds ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  a.seeds = 20;
  a.first_seed = 501;  // not the seeds that the settings were chosen on
  a.steps = 100'000;
  a.episodes = 100;
  CLI::App app{
      "Trains the CartPole example's presets with the example's own numbers over many seeds, and says how many solve "
      "it "
      "after half of the steps and how many of those still do at the end. Exit status 0: the bar holds; 2: it does "
      "not."};
  bench::show_defaults(app, "bench_cartpole_learning");
  app.add_option("--presets", a.presets, "Any of iqn, munchausen_iqn and qr_dqn")
      ->delimiter(',')
      ->check(CLI::IsMember({"iqn", "munchausen_iqn", "qr_dqn"}));
  app.add_option("--backend", a.backend, "Who computes; reference takes days")->check(CLI::IsMember(example::backends));
  bench::add_campaign_options(app, a, "cartpole_learning.md and .svg, and a .csv a preset");
  return bench::run(app, argc, argv, [&] {
    a.presets = bench::without_twins(a.presets);
    return learn(a, bench::command_line(app));
  });
}
