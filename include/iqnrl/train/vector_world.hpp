// Several copies of a world, stepped together; an episode that ends is followed by the next one at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/random.hpp>

namespace iqnrl {

/// What one world of a vector_world answered to its action.
struct step_result {
  iqnrl::outcome outcome;
  bool reset = false;                ///< the episode ended with this step and the next one has begun
  double episode_return = 0;         ///< sum of the rewards of the episode of this step, undiscounted
  std::uint64_t episode_length = 0;  ///< steps of the episode of this step, this one included
};

/// `size()` copies of a world. Episode e (from 0) of world i starts with `generator(sequence{seed, base + i, e})`,
/// whatever the other worlds do.
///
/// After step(actions): where `reset` is false, `observations()[i]` is what the action led to. Where it is true,
/// `final_observation(i)` is what the action led to, and `observations()[i]` is already the first observation of the
/// next episode. So `observations()` is always what the agent acts on next.
///
/// Allocates when it is built and not afterwards, unless the world itself does.
template <class World>
class vector_world {
  static_assert(check_world<World>());

 public:
  using observation_value = typename World::observation::value;

  /// Streams of random numbers between those for training and those for evaluation, so that no two worlds share one.
  static constexpr std::size_t max_size =
      static_cast<std::size_t>(stream::evaluation_world) - static_cast<std::size_t>(stream::world);

  /// Copies `prototype` and starts the first episode of every copy. `base` is stream::world for training and
  /// stream::evaluation_world for evaluation. Throws config_error unless `count` is from 1 to max_size.
  vector_world(const World& prototype, std::size_t count, std::uint64_t seed, stream base = stream::world)
      : seed_(seed),
        base_(base),
        worlds_(checked(count), prototype),
        episodes_(count),
        observations_(count),
        final_observations_(count),
        results_(count) {
    for (std::size_t i = 0; i < count; ++i) start(i);
  }

  [[nodiscard]] std::size_t size() const { return worlds_.size(); }

  /// What the agent acts on now, one observation a world.
  [[nodiscard]] std::span<const observation_value> observations() const { return observations_; }

  /// Takes one step in every world, in order, and returns what they answered; valid until the next step.
  ///
  /// Throws shape_error, before anything has changed, unless there is one action a world. An exception of a world's own
  /// step or reset passes through: the worlds before it have taken their step, it is as it left itself, the worlds
  /// after it have not been stepped. Call reset() to go on.
  std::span<const step_result> step(std::span<const action_of<World>> actions) {
    require<shape_error>(actions.size() == size(),
                         "{} actions were given to {} worlds; give one action a world, in order", actions.size(),
                         size());
    for (std::size_t i = 0; i < size(); ++i) step_one(i, actions[i]);
    return results_;
  }

  /// What the worlds answered to the last step.
  [[nodiscard]] std::span<const step_result> results() const { return results_; }

  /// What the last action of an episode led to, where the last step ended one; valid until the next step. Throws
  /// shape_error for an index that is no world's, and where there is no such observation: the episode goes on, or it
  /// is broken, so that nobody knows how it would have gone on.
  [[nodiscard]] const observation_value& final_observation(std::size_t i) const {
    check_index(i);
    const ending end = results_[i].outcome.end;
    require<shape_error>(end == ending::terminal || end == ending::truncated,
                         "world {} has no final observation: {}; ask only where an episode ended terminal or truncated",
                         i, end == ending::broken ? "its episode is broken" : "the last step ended no episode");
    return final_observations_[i];
  }

  /// Abandons every episode and starts the next one in every world.
  void reset() {
    for (std::size_t i = 0; i < size(); ++i) {
      results_[i] = {};
      start(i);
    }
  }

  /// One of the worlds, to look at. Throws shape_error for an index that is no world's.
  [[nodiscard]] const World& at(std::size_t i) const {
    check_index(i);
    return worlds_[i];
  }

  /// Shows all state: see core/state.hpp. The answers and final observations of the last step are no state.
  template <class Visitor>
  void state(Visitor& v) requires requires(World& world) {
    world.state(v);
  }
  {
    auto base = static_cast<std::uint32_t>(base_);
    v("seed", seed_);
    v("base", base);
    base_ = static_cast<stream>(base);
    for (std::size_t i = 0; i < size(); ++i) {
      v(fmt::format("world{}", i), worlds_[i]);
      v(fmt::format("episode{}", i), episodes_[i]);
      worlds_[i].observe(observations_[i]);
    }
  }

 private:
  /// The running episode of one world.
  struct episode {
    std::uint64_t next = 0;  ///< number of the episode after this one
    std::uint64_t length = 0;
    double sum = 0;

    template <class Visitor>
    void state(Visitor& v) {
      v("next", next);
      v("length", length);
      v("return", sum);
    }
  };

  [[nodiscard]] static std::size_t checked(std::size_t count) {
    require<config_error>(count >= 1 && count <= max_size, "a vector of {} worlds was asked for; ask for 1 to {}",
                          count, max_size);
    return count;
  }

  void check_index(std::size_t i) const {
    require<shape_error>(i < size(), "world {} was asked for; the worlds are numbered from 0 to {}", i, size() - 1);
  }

  void start(std::size_t i) {
    const std::uint64_t number = episodes_[i].next;
    worlds_[i].reset(generator(sequence{seed_, base_ + i, number}));
    worlds_[i].observe(observations_[i]);
    episodes_[i] = {number + 1, 0, 0.0};
  }

  void step_one(std::size_t i, const action_of<World>& action) {
    const outcome answer = worlds_[i].step(action);
    episode& running = episodes_[i];
    ++running.length;
    running.sum += static_cast<double>(answer.reward);
    results_[i] = {answer, answer.end != ending::none, running.sum, running.length};
    if (answer.end == ending::none) {
      worlds_[i].observe(observations_[i]);
    } else {
      if (answer.end != ending::broken) worlds_[i].observe(final_observations_[i]);
      start(i);
    }
  }

  std::uint64_t seed_;
  stream base_;
  std::vector<World> worlds_;
  std::vector<episode> episodes_;
  std::vector<observation_value> observations_;
  std::vector<observation_value> final_observations_;
  std::vector<step_result> results_;
};

}  // namespace iqnrl
