// Trains an agent on a MinAtar game and shows how it plays: the command line.
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <common/program.hpp>
#include <minatar/arcade.hpp>
#include <minatar/program.hpp>

namespace {

/// The presets of this build; one for tests has the first only.
const std::vector<std::string> presets{
    "iqn",
#ifndef MINATAR_ONE_PRESET
    "munchausen_iqn",
    "btr",
    "btr_impala",
#endif
};

}  // namespace

int main(int argc, char** argv) {
  using namespace example::minatar;
  arguments a;
  a.steps = 1'000'000;
  a.evaluate_every = 50'000;
  a.episodes = 20;
  a.out = "minatar_results";
  CLI::App app{"Trains an agent on one of the five MinAtar games and shows it playing."};
  example::add_shared_options(
      app, a, "minatar", presets,
      "What to train: the IQN of Dabney et al. 2018, Munchausen-IQN (Vieillard et al. 2020), the rules of Beyond The "
      "Rainbow (Clark et al. 2025) on MinAtar's network, or these on the IMPALA network");
  app.add_option("--game", a.game, "What to play")->check(CLI::IsMember(games));
  return example::run_program(app, argc, argv, [&] {
#ifndef MINATAR_ONE_PRESET
    if (a.preset == "munchausen_iqn") return run<munchausen_iqn>(a);
    if (a.preset == "btr") return run<btr>(a);
    if (a.preset == "btr_impala") return run<btr_impala>(a);
#endif
    return run<iqn>(a);
  });
}
