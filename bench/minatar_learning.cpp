// What the MinAtar example's presets learn with its numbers, over several seeds, beside published scores.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#include <iqnrl/io/svg.hpp>

#include <minatar/settings.hpp>

#include "campaign.hpp"

namespace {

namespace minatar = example::minatar;

constexpr std::size_t evaluations = 10;
constexpr std::size_t middle = evaluations / 2;  ///< the column of the evaluation after half of the steps
constexpr std::size_t last = evaluations;

struct arguments : bench::campaign_arguments {
  std::vector<std::string> games{"breakout", "freeway"};
  std::vector<std::string> presets{"iqn", "munchausen_iqn", "btr", "btr_impala"};
  std::uint64_t impala_steps = 500'000;

  [[nodiscard]] std::uint64_t steps_of(const std::string& preset) const {
    return preset.starts_with("btr_impala") ? impala_steps : steps;
  }
};

/// Scores of "Revisiting Rainbow" (Obando-Ceron and Castro 2021) after 10 M steps, read from its curves of training
/// returns, with 10 seeds. BTR has none on MinAtar; M-IRainbow, which has IQN, Munchausen and Rainbow's parts, is its
/// next of kin.
struct published {
  std::string_view agent;
  std::map<std::string_view, double> scores;
};
const published& published_of(std::string_view preset) {
  static const published iqn{
      "IQN", {{"asterix", 33.5}, {"breakout", 8}, {"freeway", 61}, {"seaquest", 4.7}, {"space_invaders", 44}}};
  static const published munchausen{
      "M-IQN", {{"asterix", 33}, {"breakout", 7.4}, {"freeway", 60.5}, {"seaquest", 4.2}, {"space_invaders", 42}}};
  static const published rainbow{
      "M-IRainbow", {{"asterix", 53}, {"breakout", 11.2}, {"freeway", 58}, {"seaquest", 5.5}, {"space_invaders", 91}}};
  return preset == "iqn" ? iqn : preset.starts_with("munchausen_iqn") ? munchausen : rainbow;
}

/// Trains a preset with the example's numbers but for what `change(config, training)` changes.
template <class Preset, class Change>
bench::run_numbers train(const arguments& a, const std::string& game, std::uint64_t seed, const Change& change) {
  const std::uint64_t steps = a.steps_of(std::string(Preset::name));
  iqnrl::context ctx{.threads = 1, .seed = seed};
  auto c = Preset::numbers(steps);
  iqnrl::trainer_config training = Preset::training;
  change(c, training);
  typename Preset::agent agent{ctx, c};
  return bench::learn(agent, training, steps, evaluations, a.episodes, minatar::arcade(game));
}

template <class Preset>
bench::run_numbers plainly(const arguments& a, const std::string& game, std::uint64_t seed) {
  return train<Preset>(a, game, seed, [](auto&, auto&) {});
}

/// Munchausen's softmax at a tenth of its temperature.
template <class Preset>
bench::run_numbers cold(const arguments& a, const std::string& game, std::uint64_t seed) {
  return train<Preset>(a, game, seed, [](auto& c, auto&) { c.target.temperature /= 10; });
}

/// Munchausen's target without the log policy of the taken action: the soft value alone.
template <class Preset>
bench::run_numbers soft(const arguments& a, const std::string& game, std::uint64_t seed) {
  return train<Preset>(a, game, seed, [](auto& c, auto&) { c.target.alpha = 0; });
}

/// As many updates as iqn.
template <class Preset>
bench::run_numbers often(const arguments& a, const std::string& game, std::uint64_t seed) {
  return train<Preset>(a, game, seed, [](auto&, auto& training) {
    training.steps_per_update = minatar::iqn::training.steps_per_update;
  });
}

/// btr without Munchausen's term.
struct btr_maximum : iqnrl::presets::btr<minatar::arcade, iqnrl::encoder::minatar,
                                         iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, minatar::hidden>,
                                         iqnrl::target::max<iqnrl::target::draws::shared>> {
  static constexpr std::string_view name = "btr_maximum";
  static constexpr iqnrl::trainer_config training = minatar::btr::training;
  static agent::config numbers(std::uint64_t steps) {
    auto c = config();
    minatar::shorten(c, steps);
    return c;
  }
};

/// One of the example's presets, or a preset that differs from one of them in one thing, to find what that does.
struct candidate {
  std::string_view name;
  bench::run_numbers (*train)(const arguments&, const std::string& game, std::uint64_t seed);
};
const std::vector<candidate> candidates{
    {"iqn", plainly<minatar::iqn>},
    {"munchausen_iqn", plainly<minatar::munchausen_iqn>},
    {"btr", plainly<minatar::btr>},
    {"btr_impala", plainly<minatar::btr_impala>},
    {"munchausen_iqn_cold", cold<minatar::munchausen_iqn>},
    {"munchausen_iqn_soft", soft<minatar::munchausen_iqn>},
    {"btr_often", often<minatar::btr>},
    {"btr_maximum", plainly<btr_maximum>},
    {"btr_impala_often", often<minatar::btr_impala>},
};

const candidate& named(std::string_view name) {
  return *std::find_if(candidates.begin(), candidates.end(), [&](const candidate& c) { return c.name == name; });
}

/// A game and a preset as the name of an agent in the campaign.
std::string both(const std::string& game, const std::string& preset) { return fmt::format("{}_{}", game, preset); }

std::string report(const arguments& a, const bench::campaign& runs, const std::string& command, double seconds) {
  std::string text = fmt::format(
      "# MinAtar: {} seeds of the example's presets\n\n`{}`\n\n"
      "Mean return of {} greedy episodes from unseen starts; IQM: interquartile mean over the seeds with its 95 % "
      "bootstrap interval. Published: returns in training after 10,000,000 steps, read from the curves of \"Revisiting "
      "Rainbow\" (2021); btr stands beside its next of kin there. Games have the ten channels of Seaquest, of which "
      "those that a game lacks are empty, and end after {} frames.\n\n"
      "| game | preset | steps | IQM at half | IQM at the end | lowest seed | published, 10 M steps |\n"
      "|---|---|---|---|---|---|---|\n",
      a.seeds, command, a.episodes, minatar::arcade::most_frames);
  for (const std::string& game : a.games) {
    for (const std::string& preset : a.presets) {
      const bench::runs_by_seed& found = runs.of(both(game, preset));
      const bench::summary half(found, middle), end(found, last);
      const published& theirs = published_of(preset);
      text += fmt::format("| {} | {} | {} | {} | {} | {:.1f} | {}: {} |\n", game, preset, a.steps_of(preset),
                          half.text(), end.text(), end.lowest, theirs.agent, theirs.scores.at(game));
    }
  }
  text += fmt::format(
      "\n{:.0f} s with --jobs {}. The evaluations, evenly spread over the steps:\n\n| game | preset | seed |", seconds,
      a.jobs);
  for (std::size_t i = 1; i <= evaluations; ++i) text += fmt::format(" {} % |", 100 * i / evaluations);
  text += " seconds |\n|---|---|---|---|";
  for (std::size_t i = 0; i < evaluations; ++i) text += "---|";
  text += "\n";
  for (const std::string& game : a.games) {
    for (const std::string& preset : a.presets) {
      for (const auto& [seed, run] : runs.of(both(game, preset))) {
        text += fmt::format("| {} | {} | {} | {:.1f} | {:.0f} |\n", game, preset, seed,
                            fmt::join(run.begin() + 1, run.end(), " | "), run[0]);
      }
    }
  }
  return text;
}

iqnrl::io::chart chart(const arguments& a, const bench::campaign& runs, const std::string& game) {
  iqnrl::io::chart c;
  c.title = fmt::format("MinAtar {}: interquartile mean of {} seeds and its 95 % interval", game, a.seeds);
  c.x_label = "environment steps";
  c.y_label = fmt::format("mean return of {} greedy episodes", a.episodes);
  for (const std::string& preset : a.presets) {
    c.lines.push_back(bench::learning_line(preset, runs.of(both(game, preset)), a.steps_of(preset), evaluations));
    const published& theirs = published_of(preset);
    const iqnrl::io::reference_line line{theirs.scores.at(game), fmt::format("{} at 10 M", theirs.agent)};
    const auto same = [&](const iqnrl::io::reference_line& r) { return r.label == line.label; };
    if (std::none_of(c.references.begin(), c.references.end(), same)) c.references.push_back(line);
  }
  return c;
}

int learn(const arguments& a, const std::string& command) {
  bench::require_campaign(a);
  struct agent {
    std::string game, preset;
  };
  std::map<std::string, agent> agents;
  bench::campaign runs(a);
  for (const std::string& game : a.games) {
    for (const std::string& preset : a.presets) {
      const std::string name = both(game, preset);
      agents[name] = {game, preset};
      runs.add(name, fmt::format("minatar_learning_{}.csv", name),
               bench::learning_columns(a.steps_of(preset), evaluations));
    }
  }
  const bench::stopwatch watch;
  runs.finish([&](const std::string& name, std::uint64_t seed) {
    const auto& [game, preset] = agents.at(name);
    const bench::run_numbers t = named(preset).train(a, game, seed);
    const std::uint64_t steps = a.steps_of(preset);
    fmt::print(stderr, "{} {} seed {}: {:.1f} after {} steps, {:.1f} after {}, {:.0f} s\n", game, preset, seed,
               t[middle], steps / 2, t[last], steps, t[0]);
    return t;
  });
  const double seconds = watch.seconds();
  for (const std::string& game : a.games)
    iqnrl::io::write_svg(a.out / fmt::format("minatar_learning_{}.svg", game), chart(a, runs, game));
  bench::publish(a.out / "minatar_learning.md", report(a, runs, command, seconds));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  a.steps = 1'000'000;
  a.episodes = 20;
  std::vector<std::string> names;
  for (const candidate& c : candidates) names.emplace_back(c.name);
  CLI::App app{
      "Trains the MinAtar example's presets with the example's own numbers over several seeds, and prints what they "
      "reach beside published scores."};
  bench::show_defaults(app, "bench_minatar_learning");
  app.add_option("--games", a.games, "Any of the five")->delimiter(',')->check(CLI::IsMember(minatar::games));
  app.add_option("--presets", a.presets, "Any of the default's, or a variant of one")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  bench::add_campaign_options(app, a, "minatar_learning.md, a .svg a game, and a .csv a game and preset");
  app.add_option("--impala-steps", a.impala_steps, "Environment steps of btr_impala, which is slow");
  return bench::run(app, argc, argv, [&] {
    a.games = bench::without_twins(a.games);
    a.presets = bench::without_twins(a.presets);
    return learn(a, bench::command_line(app));
  });
}
