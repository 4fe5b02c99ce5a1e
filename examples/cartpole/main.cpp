// Trains an agent to balance a pole and shows that it can: the command line.
#include <csignal>
#include <cstdio>
#include <exception>
#include <type_traits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cartpole/backends.hpp>
#include <cartpole/program.hpp>

int main(int argc, char** argv) {
  example::arguments a;
  CLI::App app{"Trains an agent on CartPole-v1 (balance a pole on a cart for 500 steps) and shows it balancing."};
  app.option_defaults()->always_capture_default();
  app.get_formatter()->column_width(38);
  app.failure_message(
      [](const CLI::App*, const CLI::Error& e) { return fmt::format("cartpole: {}; see --help\n", e.what()); });
  const auto count = [&](const char* name, auto& value, const char* what) {
    app.add_option(name, value, what)->check(CLI::NonNegativeNumber);
  };
  app.add_option("--preset", a.preset,
                 "What to train: the IQN of Dabney et al. 2018, Munchausen-IQN (Vieillard et al. 2020), or QR-DQN with "
                 "32 quantiles (Dabney et al. 2017)")
      ->check(CLI::IsMember({"iqn", "munchausen_iqn", "qr_dqn"}));
  count("--steps", a.steps, "Environment steps to train for");
  count("--seed", a.seed, "Of every random number; the same seed gives the same agent, to the last bit");
  app.add_option("--backend", a.backend, "Who computes; reference is plain loops, slow")
      ->check(CLI::IsMember(example::backends));
  count("--threads", a.threads, "Threads; they change the speed and nothing else");
  count("--batch-size", a.batch, "Samples an update");
  count("--fractions", a.fractions, "Quantile fractions N and N' an update draws a sample (not qr_dqn)");
  app.add_option("--rate", a.rate, "Learning rate of the first 20,000 steps; it then falls, to a 40th at 50,000 steps");
  count("--worlds", a.worlds, "Worlds that act at once");
  count("--steps-per-update", a.steps_per_update, "Environment steps between updates");
  count("--epochs", a.epochs, "Updates each time");
  count("--evaluate-every", a.evaluate_every, "Environment steps between evaluations");
  count("--episodes", a.episodes, "Greedy episodes an evaluation, from starts that training never sees");
  app.add_option("--out", a.out, "Folder for the results");
  app.add_option("--weights", a.weights, "Do not train: load these weights, evaluate them and show them");
  app.add_flag("--watch", a.watch, "Show the trained agent live in the terminal");
  CLI11_PARSE(app, argc, argv);
  if (a.batch == 1) {
    fmt::print(
        stderr,
        "warning: with a batch of 1 every update follows a single random transition; the noise of a gradient falls "
        "with the batch size, and training is seldom stable below 32.\n");
  }
  std::signal(SIGINT, [](int) {
    example::stop = true;
    std::signal(SIGINT, SIG_DFL);
  });
  std::signal(SIGTERM, [](int) { example::stop = true; });
  try {
    return example::with_backend(
        a.backend, [&]<class Backend>(std::type_identity<Backend>) { return example::run_on<Backend>(a); });
  } catch (const std::exception& e) {
    fmt::print(stderr, "cartpole: {}\n", e.what());
    return 1;
  }
}
