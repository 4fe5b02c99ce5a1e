// Each part of BTR (Clark et al. 2025) switched off alone, on a small world: the score, and the three habits of an
// agent that the paper measures.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

#include <minatar/settings.hpp>

#include "campaign.hpp"

namespace {

namespace minatar = example::minatar;

/// Breakout with 2 x 2 pixels a cell, so that the last images of the IMPALA encoder are 3 x 3, and its last pool has
/// something to make smaller.
class large_breakout {
 public:
  static constexpr std::size_t channels = minatar::breakout_rules::channels;
  static constexpr std::size_t side = 2 * minatar::side;
  using observation = iqnrl::observation<iqnrl::image<channels, side, side>>;
  static constexpr std::size_t actions = minatar::arcade::actions;

  void reset(const iqnrl::generator& start) { game_.reset(start); }
  void observe(observation::value& out) const {
    minatar::arcade::observation::value small;
    game_.observe(small);
    const auto from = small.get<"image">();
    const auto to = out.get<"image">();
    for (std::size_t i = 0; i < to.size(); ++i) {
      const std::size_t channel = i / (side * side), y = i / side % side, x = i % side;
      to[i] = from[(channel * minatar::side + y / 2) * minatar::side + x / 2];
    }
  }
  iqnrl::outcome step(int action) { return game_.step(action); }

 private:
  minatar::arcade game_{"breakout"};
};

namespace encoder = iqnrl::encoder;
namespace head = iqnrl::head;
namespace target = iqnrl::target;

constexpr encoder::impala_options whole{
    .pool = encoder::last::adaptive_max, .bins = 2, .spectral = encoder::spectral_norm::residual};
constexpr encoder::impala_options without_norm{.pool = encoder::last::adaptive_max, .bins = 2};
constexpr encoder::impala_options without_pool{.spectral = encoder::spectral_norm::residual};
/// MinAtar's convolution: its window has three cells in each direction, and moves by one.
using one_convolution =
    encoder::convolutions<iqnrl::activation::relu, 0, encoder::layer{16, iqnrl::window::square(6, 2)}>;
using noisy_dueling = head::dueling_with<iqnrl::nn::noisy_dense, minatar::hidden>;

template <class Encoder = encoder::impala<1, whole>, class Head = noisy_dueling, class... Overrides>
using variant = iqnrl::presets::btr<large_breakout, iqnrl::backend::native, Encoder, Head, Overrides...>;

using btr = variant<>;
template <class... Overrides>
using btr_but = variant<encoder::impala<1, whole>, noisy_dueling, Overrides...>;

struct arguments : bench::campaign_arguments {
  std::vector<std::string> variants;
  std::size_t churn_updates = 50;
};

/// The columns of a run.
enum column : std::size_t { seconds_column, score_column, gap_column, swaps_column, churn_column };
const std::vector<std::string> columns{"seconds", "score", "action_gap", "action_swaps", "policy_churn"};

/// What greedy episodes show of an agent.
struct habits {
  double score = 0;  ///< mean return
  double gap = 0;    ///< mean difference of the best and the second best value
  double swaps = 0;  ///< percent of steps whose best action is not that of the step before
  std::vector<large_breakout::observation::value> seen;
};

template <class Agent>
habits watch(Agent& agent, std::size_t episodes) {
  constexpr std::size_t most_seen = 2'000;
  habits h;
  std::size_t steps = 0;
  std::size_t changes = 0;
  for (std::size_t e = 0; e < episodes; ++e) {
    large_breakout world;
    world.reset(iqnrl::generator(
        iqnrl::sequence{iqnrl::run_config{}.evaluation_seed, iqnrl::stream::evaluation_world + e, agent.steps()}));
    int before = -1;
    for (auto end = iqnrl::ending::none; end == iqnrl::ending::none; ++steps) {
      large_breakout::observation::value seen;
      world.observe(seen);
      std::vector<float> values = agent.acting().values(seen);
      const int best = static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
      std::nth_element(values.begin(), values.begin() + 1, values.end(), std::greater<>());
      h.gap += static_cast<double>(values[0]) - static_cast<double>(values[1]);
      changes += before >= 0 && best != before ? 1 : 0;
      before = best;
      if (h.seen.size() < most_seen) h.seen.push_back(seen);
      const iqnrl::outcome answer = world.step(best);
      h.score += static_cast<double>(answer.reward);
      end = answer.end;
    }
  }
  h.score /= static_cast<double>(episodes);
  h.gap /= static_cast<double>(steps);
  h.swaps = 100 * static_cast<double>(changes) / static_cast<double>(std::max<std::size_t>(1, steps - episodes));
  return h;
}

/// Percent of the states whose best action an update changes, the mean over several updates.
template <class Agent>
double churn(Agent& agent, const std::vector<large_breakout::observation::value>& seen, std::size_t updates) {
  std::vector<int> before(seen.size()), after(seen.size());
  const auto act = [&](std::vector<int>& actions) {
    agent.act_batch(std::span(seen), std::span(actions), iqnrl::mode::greedy);
  };
  std::size_t changed = 0;
  act(before);
  for (std::size_t u = 0; u < updates; ++u) {
    agent.learn();
    act(after);
    for (std::size_t i = 0; i < seen.size(); ++i) changed += before[i] != after[i] ? 1 : 0;
    std::swap(before, after);
  }
  return 100 * static_cast<double>(changed) / static_cast<double>(seen.size() * updates);
}

template <class Preset>
bench::run_numbers train(const arguments& a, std::uint64_t seed, std::size_t n_step = 3) {
  const bench::stopwatch stopwatch;
  iqnrl::context ctx{.threads = 1, .seed = seed};
  auto c = Preset::config();
  minatar::shorten(c, a.steps);
  c.collate.steps = n_step;
  typename Preset::agent agent{ctx, c};
  iqnrl::trainer<typename Preset::agent> loop(agent, {}, minatar::btr::training);
  while (agent.steps() < a.steps) loop.step();
  const habits h = watch(agent, a.episodes);
  const double changed = churn(agent, h.seen, a.churn_updates);
  return {stopwatch.seconds(), h.score, h.gap, h.swaps, changed};
}

/// BTR, or BTR without one of its parts.
struct row {
  std::string_view name;
  std::string_view instead;  ///< what stands in the place of the part
  std::string_view paper;    ///< its action gap, percent of action swaps and policy churn on Atari's Phoenix
  bench::run_numbers (*train)(const arguments&, std::uint64_t);
};

template <class Preset>
bench::run_numbers plainly(const arguments& a, std::uint64_t seed) {
  return train<Preset>(a, seed);
}

const std::vector<row> rows{
    {"btr", "", ".282, 36.6, 3.8", plainly<btr>},
    {"no_munchausen", "the maximum", ".055, 47.7, 11.0", plainly<btr_but<target::max<target::draws::shared>>>},
    {"no_iqn", "one fixed fraction: the Huber loss of the mean", ".180, 42.2, 0.5",
     plainly<btr_but<iqnrl::fractions::midpoints<1>>>},
    {"no_spectral_norm", "plain convolutions", ".274, 40.3, 3.3", plainly<variant<encoder::impala<1, without_norm>>>},
    {"no_impala", "MinAtar's convolution", ".215, 41.1, 4.5", plainly<variant<one_convolution>>},
    {"no_max_pool", "all elements of the last images", ".264, 39.3, 4.2",
     plainly<variant<encoder::impala<1, without_pool>>>},
    {"no_noisy", "epsilon-greedy, to 0.01", "",
     plainly<variant<encoder::impala<1, whole>, head::dueling<minatar::hidden>, iqnrl::explore::epsilon_greedy>>},
    {"no_per", "uniform replay", "", plainly<btr_but<iqnrl::replay::uniform>>},
    {"no_dueling", "one noisy branch", "",
     plainly<variant<encoder::impala<1, whole>, head::plain_with<iqnrl::nn::noisy_dense, minatar::hidden>>>},
    {"one_step", "1-step returns", "", [](const arguments& a, std::uint64_t seed) { return train<btr>(a, seed, 1); }},
};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const row& r : rows) all.emplace_back(r.name);
  return all;
}

const row& named(std::string_view name) {
  return *std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.name == name; });
}

std::string report(const arguments& a, const bench::campaign& runs, const std::string& command, double seconds) {
  std::string text = fmt::format(
      "# BTR without one of its parts: MinAtar Breakout, {0} seeds\n\n`{1}`\n\n"
      "Interquartile mean over the seeds with its 95 % bootstrap interval, after {2} steps. Score: mean return of {3} "
      "greedy episodes. Action gap: difference of the best and the second best value, mean over their states. Action "
      "swaps: steps whose best action is not that of the step before. Policy churn: states (the first 2000 of these) "
      "whose best action one update changes, mean over {4} updates. BTR's numbers are those of the MinAtar example, "
      "the images have 2 x 2 pixels a cell. The paper's: action gap, swaps, churn on Atari's Phoenix after 200 M "
      "frames, where values are larger.\n\n"
      "| agent | instead | score | action gap | action swaps, % | policy churn, % | seconds | the paper's |\n"
      "|---|---|---|---|---|---|---|---|\n",
      a.seeds, command, a.steps, a.episodes, a.churn_updates);
  for (const std::string& name : a.variants) {
    const bench::runs_by_seed& found = runs.of(name);
    const auto of = [&](column c, int digits) { return bench::summary(found, c).text(digits); };
    const row& r = named(name);
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {:.0f} | {} |\n", name, r.instead, of(score_column, 1),
                        of(gap_column, 4), of(swaps_column, 1), of(churn_column, 2),
                        bench::summary(found, seconds_column).iqm, r.paper);
  }
  text += fmt::format(
      "\n{:.0f} s with --jobs {}.\n\n| agent | seed | score | gap | swaps | churn | seconds |\n"
      "|---|---|---|---|---|---|---|\n",
      seconds, a.jobs);
  for (const std::string& name : a.variants) {
    for (const auto& [seed, run] : runs.of(name)) {
      text += fmt::format("| {} | {} | {:.1f} | {:.4f} | {:.1f} | {:.2f} | {:.0f} |\n", name, seed, run[score_column],
                          run[gap_column], run[swaps_column], run[churn_column], run[seconds_column]);
    }
  }
  return text;
}

int ablate(const arguments& a, const std::string& command) {
  bench::require_campaign(a);
  iqnrl::require<iqnrl::config_error>(a.steps >= 1 && a.churn_updates >= 1,
                                      "--steps is {} and --churn-updates {}; give 1 or more of both", a.steps,
                                      a.churn_updates);
  bench::campaign runs(a);
  for (const std::string& name : a.variants)
    runs.add(name, fmt::format("minatar_ablation_{}_{}.csv", a.steps, name), columns);
  const bench::stopwatch stopwatch;
  runs.finish([&](const std::string& name, std::uint64_t seed) {
    const bench::run_numbers run = named(name).train(a, seed);
    fmt::print(stderr, "{} seed {}: score {:.1f}, gap {:.4f}, swaps {:.1f} %, churn {:.2f} %, {:.0f} s\n", name, seed,
               run[score_column], run[gap_column], run[swaps_column], run[churn_column], run[seconds_column]);
    return run;
  });
  bench::publish(a.out / "minatar_ablation.md", report(a, runs, command, stopwatch.seconds()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  a.variants = names();
  a.seeds = 3;
  a.steps = 100'000;
  a.episodes = 20;
  CLI::App app{
      "Trains BTR on MinAtar Breakout, whole and with each of its parts switched off alone, and prints scores, action "
      "gaps, action swaps and policy churn."};
  bench::show_defaults(app, "bench_minatar_ablation");
  app.add_option("--variants", a.variants, "Any of the default's")->delimiter(',')->check(CLI::IsMember(names()));
  bench::add_campaign_options(app, a, "minatar_ablation.md and a .csv a variant");
  app.add_option("--churn-updates", a.churn_updates, "Updates over which policy churn is measured");
  return bench::run(app, argc, argv, [&] {
    a.variants = bench::without_twins(a.variants);
    return ablate(a, bench::command_line(app));
  });
}
