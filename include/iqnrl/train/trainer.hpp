// The training loop, a step at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/train/vector_world.hpp>

namespace iqnrl {

/// When to learn.
struct trainer_config {
  std::uint64_t steps_per_update = 1;   ///< environment steps, over all worlds, between updates
  std::uint64_t updates_per_round = 1;  ///< updates then (epochs)
};

/// Acts in every world once and learns when it is time: the loop that everybody writes.
///
///     trainer loop{agent, my_world{}};
///     while (agent.steps() < 50'000) loop.step();
///
/// Each world's episodes are those of vector_world: a function of the context's seed, the world's index and the
/// episode.
template <class Agent>
class trainer {
 public:
  using world_type = typename Agent::world_type;

  /// The agent and a world for each of its `config.worlds`. Throws config_error where a number is 0.
  explicit trainer(Agent& agent, const world_type& prototype = {}, const trainer_config& c = {})
      : agent_(agent),
        config_(c),
        worlds_(prototype, agent.numbers().worlds, agent.ctx().seed),
        actions_(worlds_.size()) {
    require<config_error>(c.steps_per_update >= 1, "steps_per_update is 0; learn after 1 or more steps");
    require<config_error>(c.updates_per_round >= 1, "updates_per_round is 0; make 1 or more updates");
    for (std::size_t w = 0; w < worlds_.size(); ++w) agent_.replay().interrupt(w);  // its worlds start anew
  }

  /// One step in every world, and the updates that are due.
  void step() {
    agent_.act_batch(worlds_.observations(), actions_);
    const auto results = worlds_.step(actions_);
    for (std::size_t w = 0; w < results.size(); ++w) {
      const auto& r = results[w];
      const bool known = r.outcome.end == ending::terminal || r.outcome.end == ending::truncated;
      agent_.observe(w, r.outcome, known ? worlds_.final_observation(w) : worlds_.observations()[w]);
      if (r.reset) {
        latest_return_ = r.episode_return;
        ++episodes_;
      }
    }
    for (; due_ + config_.steps_per_update <= agent_.steps(); due_ += config_.steps_per_update) {
      for (std::uint64_t u = 0; u < config_.updates_per_round; ++u) {
        const learn_report report = agent_.learn();
        if (report.updated) report_ = report;
      }
    }
  }

  /// The last update; `updated` is false before the first one.
  [[nodiscard]] const learn_report& report() const { return report_; }
  /// Return of the episode that ended last, undiscounted; nothing before the first one.
  [[nodiscard]] const std::optional<double>& latest_return() const { return latest_return_; }
  /// Episodes that have ended.
  [[nodiscard]] std::uint64_t episodes() const { return episodes_; }
  [[nodiscard]] const vector_world<world_type>& worlds() const { return worlds_; }

 private:
  Agent& agent_;
  trainer_config config_;
  vector_world<world_type> worlds_;
  std::vector<typename Agent::action_type> actions_;
  learn_report report_{};
  std::optional<double> latest_return_{};
  std::uint64_t episodes_ = 0;
  std::uint64_t due_ = 0;
};

}  // namespace iqnrl
