// Learns return distributions that are known exactly, and says how far off they are: six small decision processes,
// IQN and QR under target::expected, many seeds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iqnrl/io/svg.hpp>

#include <support/learned_distribution.hpp>

#include "common.hpp"

namespace {

struct arguments {
  std::uint64_t seeds = 20;
  std::uint64_t first_seed = 1;
  double allowed = 0.05;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::filesystem::path golden = "tests/golden/data";
  std::filesystem::path out = "build/bench";
};

/// What the seeds of one head came to in one decision process.
struct outcome {
  std::vector<double> errors;         ///< Wasserstein-1 / range, of every seed and (s, a)
  std::uint64_t passed = 0;           ///< seeds whose every error is allowed
  std::vector<double> first_learned;  ///< quantiles of the first seed for the drawn (s, a)
};

/// The (s, a) that is drawn: the first state, which has the most before it, and its last action.
template <class Table>
const auto& drawn(const Table& table) {
  return table.front().back();
}

template <class Learner, class World>
outcome study(const World& world, std::string_view head, const arguments& a) {
  const auto exact = world.returns();
  std::vector<std::vector<double>> errors(a.seeds);
  outcome found;
  bench::side_by_side(a.seeds, a.jobs, [&](std::size_t i) {
    const std::uint64_t seed = a.first_seed + i;
    const bench::stopwatch watch;
    const auto learned = known::learn_quantiles<Learner>(world, world.facts().gamma, seed);
    errors[i] = known::relative_errors<World>(exact, learned);
    if (i == 0) found.first_learned = drawn(learned);
    fmt::print(stderr, "{} {} seed {}: {:.4f}, {:.1f} s\n", world.facts().name, head, seed,
               *std::max_element(errors[i].begin(), errors[i].end()), watch.seconds());
  });
  for (const std::vector<double>& e : errors) {
    found.errors.insert(found.errors.end(), e.begin(), e.end());
    if (*std::max_element(e.begin(), e.end()) <= a.allowed) ++found.passed;
  }
  std::sort(found.errors.begin(), found.errors.end());
  return found;
}

/// Quantiles over fractions, at midpoints.
iqnrl::io::series curve(std::string name, const std::vector<double>& quantiles) {
  iqnrl::io::series line{.name = std::move(name), .x = {}, .y = quantiles, .low = {}, .high = {}};
  for (std::size_t i = 0; i < quantiles.size(); ++i)
    line.x.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(quantiles.size()));
  return line;
}

/// The exact quantile function as a staircase.
iqnrl::io::series staircase(const known::return_distribution& z) {
  iqnrl::io::series line{.name = "exact", .x = {}, .y = {}, .low = {}, .high = {}};
  double cumulative = 0;
  for (const known::atom& a : z.atoms()) {
    line.x.insert(line.x.end(), {cumulative, cumulative + a.probability});
    line.y.insert(line.y.end(), {a.value, a.value});
    cumulative += a.probability;
  }
  return line;
}

class table {
 public:
  explicit table(const arguments& a) : arguments_(a) {}

  /// Studies one decision process with both heads and draws what they learned.
  template <class World>
  void add(const World& world) {
    const std::string& name = world.facts().name;
    const outcome iqn = study<known::iqn_learner<World>>(world, "IQN", arguments_);
    const outcome qr = study<known::qr_learner<World>>(world, "QR", arguments_);
    row(name, "IQN", iqn);
    row(name, "QR", qr);
    if (arguments_.out.empty()) return;
    iqnrl::io::chart chart;
    chart.title = fmt::format("{}: return of action {} in state 0", name, World::actions - 1);
    chart.x_label = "fraction";
    chart.y_label = "quantile of the discounted return";
    chart.lines = {staircase(drawn(world.returns())), curve("IQN", iqn.first_learned), curve("QR", qr.first_learned)};
    iqnrl::make_results_folder(arguments_.out);
    iqnrl::io::write_svg(arguments_.out / fmt::format("distribution_{}.svg", name), chart);
  }

  [[nodiscard]] bool all_passed() const { return all_passed_; }

  [[nodiscard]] std::string text(const std::string& command) const {
    return fmt::format(
        "# Learned return distributions\n\n`{}`\n\n"
        "Wasserstein-1 distance of the learned from the exact distribution of Z(s, a), as a percentage of the exact "
        "one's range (largest minus smallest return), over {} seeds and all (s, a). A seed passes with every (s, a) at "
        "{:.1f} % or less.\n\n"
        "| process | head | worst | median | seeds that pass |\n|---|---|---|---|---|\n{}",
        command, arguments_.seeds, 100 * arguments_.allowed, rows_);
  }

 private:
  void row(const std::string& process, std::string_view head, const outcome& found) {
    rows_ += fmt::format("| {} | {} | {:.2f} % | {:.2f} % | {} of {} |\n", process, head, 100 * found.errors.back(),
                         100 * found.errors[found.errors.size() / 2], found.passed, arguments_.seeds);
    all_passed_ = all_passed_ && found.passed == arguments_.seeds;
  }

  const arguments& arguments_;
  std::string rows_;
  bool all_passed_ = true;
};

int compare(const arguments& a, const std::string& command) {
  iqnrl::require<iqnrl::config_error>(a.seeds >= 1 && a.jobs >= 1,
                                      "--seeds is {} and --jobs {}; give 1 or more of each", a.seeds, a.jobs);
  table found(a);
  found.add(known::golden_chain(a.golden));
  found.add(known::golden_risk(a.golden, "mdp_risk_fixed"));
  found.add(known::golden_risk(a.golden, "mdp_risk"));
  found.add(known::skewed_graph());
  found.add(known::slippery_ladder());
  found.add(known::rare_loss());
  bench::publish(a.out.empty() ? a.out : a.out / "distribution.md", found.text(command));
  return found.all_passed() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "Learns the return distributions of six small decision processes with IQN and QR and compares them with the "
      "exact "
      "ones. Exit status 0 if every seed is within the limit."};
  bench::show_defaults(app, "bench_distribution");
  app.add_option("--seeds", a.seeds, "How many seeds each");
  app.add_option("--first-seed", a.first_seed, "The first of them");
  app.add_option("--allowed", a.allowed, "Largest Wasserstein-1 distance, in units of the range");
  app.add_option("--jobs", a.jobs, "Seeds at a time, one thread each");
  app.add_option("--golden", a.golden, "Folder of the golden vectors, with mdp_*.safetensors");
  app.add_option("--out", a.out, "Folder for distribution.md and a picture of each process");
  return bench::run(app, argc, argv, [&] { return compare(a, bench::command_line(app)); });
}
