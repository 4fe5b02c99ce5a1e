// Trains an agent and shows that it can balance the pole.
#pragma once

#include <chrono>
#include <thread>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cartpole/program.hpp>
#include <cartpole/render.hpp>
#include <common/train.hpp>

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
  const auto reached = train_or_load(
      agent, cartpole{}, a,
      {fmt::format("CartPole, {}, seed {}", a.preset, a.seed), {a.steps_per_update, a.epochs}, {{solved, "solved"}}});
  if (!reached) return stopped_status;
  const bool good = reached->result.mean() >= solved;
  if (a.weights.empty()) {
    fmt::print("\nReached {:.1f} of 500 on average over {} unseen episodes after {} steps and {:.1f} s: {}.\n",
               reached->result.mean(), a.episodes, reached->steps, reached->seconds,
               good ? "solved" : fmt::format("not solved ({:.0f} is)", solved));
  }
  const auto states = play(agent, a.seed, a.watch);
  publish(a, "balancing.svg",
          film_strip_svg(states, fmt::format("{}: {:.2f} s of balancing", a.preset,
                                             static_cast<double>(states.size() - 1) * cartpole::seconds_per_step)),
          "the agent balancing", "cartpole");
  return good ? 0 : 2;
}

template <class Backend>
int run_on(const arguments& a) {
  return with_preset<Backend>(a.preset, [&]<class Preset>(std::type_identity<Preset>) { return run<Preset>(a); });
}

}  // namespace example
