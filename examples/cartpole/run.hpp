// Trains an agent and shows that it can balance the pole.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>
#include <thread>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/train/run.hpp>

#include <cartpole/program.hpp>
#include <cartpole/render.hpp>

namespace example {

/// Plays one greedy episode, live in the terminal if asked to, and returns its states.
template <class Agent>
[[nodiscard]] std::vector<cartpole::numbers> play(Agent& agent, std::uint64_t seed, bool watch) {
  cartpole world;
  typename cartpole::observation::value seen;
  player screen;
  world.reset(iqnrl::generator(iqnrl::sequence{seed, iqnrl::stream::evaluation_world, 1}));
  std::vector<cartpole::numbers> states{world.current_state()};
  for (auto end = iqnrl::ending::none; end == iqnrl::ending::none && !stop;) {
    world.observe(seen);
    end = world.step(agent.act(seen, iqnrl::mode::greedy)).end;
    states.push_back(world.current_state());
    if (watch && screen.live()) {
      screen.show(to_text(world));
      std::this_thread::sleep_for(std::chrono::duration<double>(cartpole::seconds_per_step));
    }
  }
  return states;
}

template <class Preset>
int run(const arguments& a) {
  iqnrl::context ctx{.threads = a.threads, .seed = a.seed};
  typename Preset::agent agent{ctx, settings<Preset>(a)};
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
      film_strip_svg(states, fmt::format("{}: {:.2f} s of balancing", a.preset,
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
int run_on(const arguments& a) {
  return with_preset<Backend>(a.preset, [&]<class Preset>(std::type_identity<Preset>) { return run<Preset>(a); });
}

}  // namespace example
