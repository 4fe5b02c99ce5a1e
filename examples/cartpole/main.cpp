// Trains an agent to balance a pole and shows that it can.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <CLI/CLI.hpp>

#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/train/run.hpp>

#include <cartpole/render.hpp>
#include <cartpole/settings.hpp>

namespace {

using example::cartpole;

std::atomic<bool> stop{false};

struct arguments : example::options {
  std::string preset = "iqn";
  std::string backend = "eigen";
  std::filesystem::path out = "cartpole_results";
  std::filesystem::path weights;
  std::uint64_t evaluate_every = 5'000;
  std::size_t episodes = 100;
  bool watch = false;
};

/// Plays one greedy episode, live in the terminal if asked to, and returns its states.
template <class Agent>
std::vector<cartpole::numbers> play(Agent& agent, std::uint64_t seed, bool watch) {
  cartpole world;
  typename cartpole::observation::value seen;
  example::player screen;
  world.reset(iqnrl::generator(iqnrl::sequence{seed, iqnrl::stream::evaluation_world, 1}));
  std::vector<cartpole::numbers> states{world.current_state()};
  for (auto end = iqnrl::ending::none; end == iqnrl::ending::none && !stop;) {
    world.observe(seen);
    end = world.step(agent.act(seen, iqnrl::mode::greedy)).end;
    states.push_back(world.current_state());
    if (watch && screen.live()) {
      screen.show(example::to_text(world));
      std::this_thread::sleep_for(std::chrono::duration<double>(cartpole::seconds_per_step));
    }
  }
  return states;
}

template <class Preset>
int run(const arguments& a) {
  iqnrl::context ctx{.threads = a.threads, .seed = a.seed};
  typename Preset::agent agent{ctx, example::settings<Preset>(a)};
  const double solved = 475;
  double reached = 0;

  if (!a.weights.empty()) {
    agent.load(a.weights);
    iqnrl::make_results_folder(a.out);
    const auto result = iqnrl::evaluate(agent, cartpole{}, a.episodes, a.seed + 1);
    reached = result.mean();
    fmt::print("{} reaches {:.1f} on average over {} episodes (lowest {:.0f}).\n", a.weights.string(), reached,
               a.episodes, result.lowest());
  } else {
    iqnrl::run_config c;
    c.steps = a.steps;
    c.evaluate_every = a.evaluate_every;
    c.evaluation_episodes = a.episodes;
    c.training = {a.steps_per_update, a.epochs};
    c.out = a.out;
    c.title = fmt::format("CartPole, {}, seed {}", a.preset, a.seed);
    c.references = {{solved, "solved"}};
    c.stop = &stop;
    c.evaluated = [&](const iqnrl::evaluation_point& p) {
      fmt::print("{:>7} steps, {:>7} updates, {:>6.1f} s: return {:>5.1f} (lowest {:.0f}, highest {:.0f})\n", p.steps,
                 p.updates, p.seconds, p.result.mean(), p.result.lowest(), p.result.highest());
      std::fflush(stdout);
    };
    const auto result = iqnrl::run_training(agent, cartpole{}, c);
    if (result.stopped) {
      fmt::print(stderr, "Stopped after {} of {} steps; the weights so far are in {}.\n", agent.steps(), a.steps,
                 (a.out / "weights.safetensors").string());
      return 130;
    }
    reached = result.evaluations.back().result.mean();
    fmt::print("\nReached {:.1f} of 500 on average over {} unseen episodes after {} steps and {:.1f} s: {}.\n", reached,
               a.episodes, agent.steps(), result.seconds,
               reached >= solved ? "solved" : fmt::format("not solved ({:.0f} is)", solved));
  }

  const auto picture = a.out / "balancing.svg";
  const auto states = play(agent, a.seed, a.watch);
  const std::string svg =
      example::film_strip_svg(states, fmt::format("{}: {:.2f} s of balancing", a.preset,
                                                  static_cast<double>(states.size() - 1) * cartpole::seconds_per_step));
  iqnrl::io::write_atomically(picture, std::as_bytes(std::span(svg)));
  fmt::print("\n  {:<28} the agent balancing\n", picture.string());
  if (a.weights.empty()) {
    fmt::print(
        "  {:<28} the learning curve\n  {:<28} its numbers\n  {:<28} the weights; see it balance: cartpole --weights "
        "{} --preset {} --watch\n",
        (a.out / "curve.svg").string(), (a.out / "training.csv").string(), (a.out / "weights.safetensors").string(),
        (a.out / "weights.safetensors").string(), a.preset);
  }
  return reached >= solved ? 0 : 2;
}

template <class Backend>
int run_preset(const arguments& a) {
  return example::with_preset<Backend>(a.preset,
                                       [&]<class Preset>(std::type_identity<Preset>) { return run<Preset>(a); });
}

}  // namespace

int main(int argc, char** argv) {
  arguments a;
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
  app.add_option("--backend", a.backend, "Who computes: eigen, or reference (plain loops, slow)")
      ->check(CLI::IsMember({"eigen", "reference"}));
  count("--threads", a.threads, "Threads; they change the speed and nothing else");
  count("--batch-size", a.batch, "Samples an update");
  count("--fractions", a.fractions, "Quantile fractions N and N' an update draws a sample (not qr_dqn)");
  app.add_option("--rate", a.rate, "Learning rate at the start; it falls to a tenth over 100,000 steps");
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
    stop = true;
    std::signal(SIGINT, SIG_DFL);
  });
  std::signal(SIGTERM, [](int) { stop = true; });
  try {
    return a.backend == "eigen" ? run_preset<iqnrl::backend::eigen>(a) : run_preset<iqnrl::backend::reference>(a);
  } catch (const std::exception& e) {
    fmt::print(stderr, "cartpole: {}\n", e.what());
    return 1;
  }
}
