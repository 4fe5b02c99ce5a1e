// How good an agent is: greedy episodes from starts that training never saw.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <iqnrl/agent/actor.hpp>
#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/random.hpp>

namespace iqnrl {

/// The undiscounted returns of some episodes.
struct evaluation {
  std::vector<double> returns;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double r : returns) sum += r;
    return sum / static_cast<double>(returns.size());
  }
  /// Standard deviation over the episodes.
  [[nodiscard]] double deviation() const {
    const double m = mean();
    double sum = 0;
    for (const double r : returns) sum += (r - m) * (r - m);
    return std::sqrt(sum / static_cast<double>(returns.size()));
  }
  [[nodiscard]] double lowest() const { return *std::min_element(returns.begin(), returns.end()); }
  [[nodiscard]] double highest() const { return *std::max_element(returns.begin(), returns.end()); }
};

/// Throws config_error unless an evaluation can have so many episodes.
inline void require_episodes(std::size_t episodes) {
  require<config_error>(episodes >= 1 && episodes <= 65'536,
                        "an evaluation of {} episodes was asked for; ask for 1 to 65536", episodes);
}

/// Plays `episodes` greedy episodes in copies of `prototype`, all at once, one `act_batch` a step for those still
/// running. Episode e of round `round` starts with `generator(sequence{seed, stream::evaluation_world + e, round})`:
/// never a start of training, and the same starts whatever the agent did before. `agent` is an iqnrl::agent. Throws
/// config_error for 0 episodes and for more than 65,536.
template <class Agent>
[[nodiscard]] evaluation evaluate(Agent& agent, const typename Agent::world_type& prototype, std::size_t episodes,
                                  std::uint64_t seed, std::uint64_t round = 0) {
  using world_type = typename Agent::world_type;
  using observation_value = typename Agent::observation_value;
  using action_type = typename Agent::action_type;
  require_episodes(episodes);
  std::vector<world_type> worlds(episodes, prototype);
  std::vector<std::size_t> running(episodes);
  std::vector<observation_value> seen(episodes);
  std::vector<action_type> actions(episodes);
  evaluation result;
  result.returns.assign(episodes, 0.0);
  for (std::size_t e = 0; e < episodes; ++e) {
    worlds[e].reset(generator(sequence{seed, stream::evaluation_world + e, round}));
    running[e] = e;
  }
  while (!running.empty()) {
    for (std::size_t i = 0; i < running.size(); ++i) worlds[running[i]].observe(seen[i]);
    agent.act_batch(std::span<const observation_value>(seen).first(running.size()),
                    std::span(actions).first(running.size()), mode::greedy);
    std::size_t left = 0;
    for (std::size_t i = 0; i < running.size(); ++i) {
      const outcome o = worlds[running[i]].step(actions[i]);
      result.returns[running[i]] += static_cast<double>(o.reward);
      if (o.end == ending::none) running[left++] = running[i];
    }
    running.resize(left);
  }
  return result;
}

}  // namespace iqnrl
