// Trains an agent to balance a pole and shows that it can: the command line.
#include <cstdio>
#include <type_traits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cartpole/backends.hpp>
#include <cartpole/program.hpp>
#include <common/program.hpp>

int main(int argc, char** argv) {
  example::arguments a;
  a.steps = 50'000;
  a.evaluate_every = 5'000;
  a.episodes = 100;
  a.out = "cartpole_results";
  CLI::App app{"Trains an agent on CartPole-v1 (balance a pole on a cart for 500 steps) and shows it balancing."};
  example::add_shared_options(app, a, "cartpole", {"iqn", "munchausen_iqn", "qr_dqn"},
                              "What to train: the IQN of Dabney et al. 2018, Munchausen-IQN (Vieillard et al. 2020), "
                              "or QR-DQN with 32 quantiles (Dabney et al. 2017)");
  app.add_option("--backend", a.backend, "Who computes; reference is plain loops, slow")
      ->check(CLI::IsMember(example::backends));
  example::add_count(app, "--batch-size", a.batch, "Samples an update");
  example::add_count(app, "--fractions", a.fractions,
                     "Quantile fractions N and N' an update draws a sample (not qr_dqn)");
  app.add_option("--rate", a.rate, "Learning rate of the first 20,000 steps; it then falls, to a 40th at 50,000 steps");
  example::add_count(app, "--worlds", a.worlds, "Worlds that act at once");
  example::add_count(app, "--steps-per-update", a.steps_per_update, "Environment steps between updates");
  example::add_count(app, "--epochs", a.epochs, "Updates each time");
  return example::run_program(app, argc, argv, [&] {
    if (a.batch == 1) {
      fmt::print(
          stderr,
          "warning: with a batch of 1 every update follows a single random transition; the noise of a gradient falls "
          "with the batch size, and training is seldom stable below 32.\n");
    }
    return example::with_backend(
        a.backend, [&]<class Backend>(std::type_identity<Backend>) { return example::run_on<Backend>(a); });
  });
}
