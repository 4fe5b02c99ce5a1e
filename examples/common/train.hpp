// Trains an agent as the command line says, or loads one, and tells how it goes.
#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/train/run.hpp>

#include <common/arguments.hpp>

namespace example {

/// What a training is called, when it learns, and what its curve is compared with.
struct lesson {
  std::string title;
  iqnrl::trainer_config training{};
  std::vector<iqnrl::io::reference_line> references{};
};

/// Trains an agent, or loads the weights that the command line names, and evaluates it; nothing where the user has
/// stopped it, whose weights are then in the results folder.
template <class Agent>
[[nodiscard]] std::optional<iqnrl::evaluation_point> train_or_load(Agent& agent,
                                                                   const typename Agent::world_type& world,
                                                                   const shared_arguments& a, const lesson& what) {
  if (!a.weights.empty()) {
    agent.load(a.weights);
    iqnrl::make_results_folder(a.out);
    const auto result = iqnrl::evaluate(agent, world, a.episodes, a.seed + 1);
    fmt::print("{} reaches {:.1f} on average over {} episodes (lowest {:.0f}).\n", a.weights.string(), result.mean(),
               a.episodes, result.lowest());
    return iqnrl::evaluation_point{0, 0, 0, result};
  }
  iqnrl::run_config c;
  c.steps = a.steps;
  c.evaluate_every = a.evaluate_every;
  c.evaluation_episodes = a.episodes;
  c.training = what.training;
  c.out = a.out;
  c.title = what.title;
  c.references = what.references;
  c.stop = &stop;
  c.evaluated = [](const iqnrl::evaluation_point& p) {
    fmt::print("{:>7} steps, {:>7} updates, {:>6.1f} s: return {:>5.1f} (lowest {:.0f}, highest {:.0f})\n", p.steps,
               p.updates, p.seconds, p.result.mean(), p.result.lowest(), p.result.highest());
    std::fflush(stdout);
  };
  const auto result = iqnrl::run_training(agent, world, c);
  if (result.stopped) {
    fmt::print(stderr, "Stopped after {} of {} steps; the weights so far are in {}.\n", agent.steps(), a.steps,
               (a.out / "weights.safetensors").string());
    return std::nullopt;
  }
  return result.evaluations.back();
}

/// The exit status of a program that the user has stopped.
inline constexpr int stopped_status = 130;

/// Writes the picture of an episode and says where all files are; `again` is the command that shows the weights.
inline void publish(const shared_arguments& a, const char* picture, std::string_view svg, std::string_view what,
                    std::string_view again) {
  const auto tell = [&](const char* file, const std::string& is) {
    fmt::print("  {:<28} {}\n", (a.out / file).string(), is);
  };
  iqnrl::io::write_atomically(a.out / picture, std::as_bytes(std::span(svg)));
  fmt::print("\n");
  tell(picture, std::string(what));
  if (!a.weights.empty()) return;
  tell("curve.svg", "the learning curve");
  tell("training.csv", "its numbers");
  tell("weights.safetensors", fmt::format("the weights; see it play: {} --weights {} --preset {} --watch", again,
                                          (a.out / "weights.safetensors").string(), a.preset));
}

}  // namespace example
