// The agent: replay, learner and actor in one process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <iqnrl/agent/actor.hpp>
#include <iqnrl/agent/describe.hpp>
#include <iqnrl/agent/learner.hpp>
#include <iqnrl/io/weights.hpp>
#include <iqnrl/replay/memory.hpp>

namespace iqnrl {

/// An agent for a world, composed at compile time from policies in any order; a slot left out takes its default.
///
///     using my_agent = iqnrl::agent<my_world, iqnrl::target::munchausen, iqnrl::replay::prioritized>;
///     iqnrl::context ctx{.threads = 2, .seed = 1};
///     my_agent agent{ctx, {.replay = {.capacity = 1u << 20}}};
///
///     auto action = agent.act(seen);          // what to do
///     agent.observe(outcome, seen_after);     // what came of it
///     agent.learn();                          // one update, once there is enough to learn from
///
/// With several worlds, `act_batch` and `observe(world, …)`. Memory is planned in the constructor; `act` and `learn`
/// allocate nothing. Two agents with the same seed, config and world do the same, to the last bit, with any number of
/// threads.
template <class World, class... Policies>
class agent {
 public:
  using slots = composition<World, Policies...>;
  using config = typename slots::config;
  using learner_type = learner<World, Policies...>;
  using actor_type = actor<World, Policies...>;
  using network_type = typename learner_type::network_type;
  using world_type = World;
  using observation = typename slots::observation;
  using observation_value = typename observation::value;
  using action_type = action_of<World>;
  using replay_type =
      replay_memory<observation, slots::slots, typename slots::replay_policy, typename slots::collate_policy>;

  /// Throws config_error for numbers out of range and memory_error where the replay or the network does not fit.
  explicit agent(context& ctx, const config& c = {})
      : context_(ctx),
        config_(checked(c)),
        learner_(ctx, c),
        actor_(ctx, c, learner_.online()),
        replay_(c.replay, c.collate, c.worlds, slots::actions),
        pending_(c.worlds) {
    batch_.reserve(c.batch);
    greedy_.resize(c.worlds);
  }

  /// The action for what the agent sees in its only (or first) world.
  [[nodiscard]] action_type act(const observation_value& seen, mode how = mode::explore) {
    action_type action{};
    act_batch(std::span(&seen, 1), std::span(&action, 1), how);
    return action;
  }

  /// Actions for what the agent sees in its first worlds, one observation a world. While exploring, each is remembered
  /// until `observe`; a greedy act is not, and leaves the training untouched.
  void act_batch(std::span<const observation_value> seen, std::span<action_type> action, mode how = mode::explore) {
    require<shape_error>(how == mode::greedy || seen.size() <= config_.worlds,
                         "act was given {} observations and the agent was built for {} worlds; set config.worlds",
                         seen.size(), config_.worlds);
    if (how == mode::greedy && seen.size() > greedy_.size()) greedy_.resize(seen.size());
    actor_.act(seen, how, steps_, action, std::span(greedy_).first(seen.size()));
    if (how == mode::greedy) return;
    for (std::size_t w = 0; w < seen.size(); ++w) pending_[w] = {seen[w], action[w], greedy_[w] != 0, true};
  }

  /// What came of the last action in the only (or first) world; `after` is what is seen after it (where the episode
  /// ended, its last observation, not the first of the next). Throws numeric_error for a NaN, and stores nothing then.
  void observe(const outcome& result, const observation_value& after) { observe(0, result, after); }

  /// The same in one of several worlds.
  void observe(std::size_t world, const outcome& result, const observation_value& after) {
    require<shape_error>(world < config_.worlds, "world {} does not exist; the agent was built for {} worlds", world,
                         config_.worlds);
    require<config_error>(pending_[world].waiting, "world {} was observed without an action before it; call act first",
                          world);
    const pending& p = pending_[world];
    replay_.push(world, p.seen, p.action, result.reward, result.end, p.greedy, &after);
    pending_[world].waiting = false;
    replay_.advance(++steps_);
  }

  /// One update, if there are as many steps to draw from as `config.learning_starts` asks for now.
  learn_report learn() {
    if (static_cast<double>(replay_.size()) < std::max(1.0, config_.learning_starts(steps_))) return {};
    replay_.sample(sequence{context_.seed, stream::replay, learner_.updates()}, steps_, config_.batch, batch_);
    const learn_report report = learner_.update(
        batch_, steps_,
        [this](std::size_t first, std::size_t count, auto& batch) { replay_.collate(first, count, batch); });
    replay_.update(batch_.item, learner_.sum_mean_abs(), learner_.mean_difference());
    return report;
  }

  /// Writes the weights of the online network as a safetensors file. Throws file_error; an older file then stays as it
  /// was.
  void save(const std::filesystem::path& path) const {
    io::save_weights(path, learner_.structure(), learner_.dev(), *learner_.online());
  }

  /// Reads weights into the online and the target network. Throws file_error; the agent then stays as it was.
  void load(const std::filesystem::path& path) {
    io::load_weights(path, learner_.structure(), learner_.dev(), *learner_.online());
    learner_.copy_to_target();
  }

  /// The agent in words, for people to read: its layers, what they give and how many parameters they have, and all its
  /// numbers.
  [[nodiscard]] std::string describe() const { return iqnrl::describe(learner_.structure().table(), config_); }

  /// Environment steps observed so far, over all worlds.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t updates() const { return learner_.updates(); }
  [[nodiscard]] const config& numbers() const { return config_; }
  [[nodiscard]] context& ctx() const { return context_; }
  [[nodiscard]] learner_type& learning() { return learner_; }
  [[nodiscard]] const learner_type& learning() const { return learner_; }
  [[nodiscard]] actor_type& acting() { return actor_; }
  [[nodiscard]] replay_type& replay() { return replay_; }
  [[nodiscard]] const replay_type& replay() const { return replay_; }

  /// Saves and restores: see core/state.hpp. Between `observe` and `act`, everything that the agent will do follows
  /// from it.
  template <class Visitor>
  void state(Visitor& v) {
    v("learner", learner_);
    v("actor", actor_);
    v("replay", replay_);
    v("steps", steps_);
  }

 private:
  struct pending {
    observation_value seen{};
    action_type action{};
    bool greedy = false;
    bool waiting = false;
  };

  static const config& checked(const config& c) {
    c.learning_starts.require_whole(0, "learning_starts");
    return c;
  }

  context& context_;
  config config_;
  learner_type learner_;
  actor_type actor_;
  replay_type replay_;
  std::vector<pending> pending_;
  typename learner_type::batch_type batch_;
  std::vector<std::uint8_t> greedy_;
  std::uint64_t steps_ = 0;
};

}  // namespace iqnrl
