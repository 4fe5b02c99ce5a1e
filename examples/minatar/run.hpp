// Trains an agent on a MinAtar game and shows how it plays.
#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <common/player.hpp>
#include <common/train.hpp>
#include <minatar/film_strip.hpp>
#include <minatar/program.hpp>
#include <minatar/settings.hpp>

namespace example::minatar {

/// Plays one greedy episode, live in the terminal if asked to, and returns its moments.
template <class Agent>
[[nodiscard]] std::vector<moment> play(Agent& agent, arcade game, std::span<const thing> of_game, std::uint64_t seed,
                                       bool watch) {
  constexpr std::chrono::milliseconds each{50};
  arcade::observation::value seen;
  player terminal;
  game.reset(iqnrl::generator(iqnrl::sequence{seed, iqnrl::stream::evaluation_world, 1}));
  std::vector<moment> moments{{screen_of(game, of_game), 0}};
  for (auto end = iqnrl::ending::none; end == iqnrl::ending::none && !stop;) {
    game.observe(seen);
    const iqnrl::outcome answer = game.step(agent.act(seen, iqnrl::mode::greedy));
    end = answer.end;
    moments.push_back({screen_of(game, of_game), moments.back().score + static_cast<int>(answer.reward)});
    if (watch && terminal.live()) {
      terminal.show(
          to_text(moments.back().shown, of_game,
                  fmt::format("{}   frame {:4}   score {}", game.name(), moments.size() - 1, moments.back().score)));
      std::this_thread::sleep_for(each);
    }
  }
  return moments;
}

template <class Preset>
int run(const arguments& a) {
  const arcade game(a.game);
  iqnrl::context ctx{.threads = a.threads, .seed = a.seed};
  typename Preset::agent agent{ctx, Preset::numbers(a.steps)};
  const auto reached = train_or_load(
      agent, game, a, {fmt::format("MinAtar {}, {}, seed {}", a.game, a.preset, a.seed), Preset::training});
  if (!reached) return stopped_status;
  if (a.weights.empty()) {
    fmt::print(
        "\nReached {:.1f} on average over {} unseen episodes of {} after {} steps and {:.1f} s (from {:.0f} to "
        "{:.0f}).\n",
        reached->result.mean(), a.episodes, a.game, reached->steps, reached->seconds, reached->result.lowest(),
        reached->result.highest());
  }
  const auto of_game = things(a.game);
  const auto moments = play(agent, game, of_game, a.seed, a.watch);
  publish(a, "playing.svg", film_strip_svg(moments, of_game, fmt::format("{} plays {}", a.preset, a.game)),
          "the agent playing", fmt::format("minatar --game {}", a.game));
  return 0;
}

}  // namespace example::minatar
