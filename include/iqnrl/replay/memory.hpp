// A replay: storage, a sampler and a collate together. Usable without an agent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <iqnrl/contract/collate.hpp>
#include <iqnrl/contract/replay.hpp>
#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/replay/batch.hpp>
#include <iqnrl/replay/n_step.hpp>
#include <iqnrl/replay/storage.hpp>
#include <iqnrl/replay/uniform.hpp>

namespace iqnrl {

/// Stores raw steps of several worlds and makes batches of them.
///
///     replay_memory<cartpole::observation, 1, replay::prioritized> memory({.capacity = 1 << 20}, {.steps = 3}, 1, 2);
///     memory.push(world, before, action, reward, end, greedy, &after);
///     memory.sample(random, clock, 32, batch);              // draws items and weights
///     memory.collate(0, 32, batch);                         // writes rows [0, 32); ranges may be written in parallel
///     memory.update(batch.item, priorities, differences);
///
/// Nothing is allocated after the constructor but by a batch that grows (host_batch::reserve).
template <class Observation, std::size_t Slots, class Replay = replay::uniform, class Collate = collate::n_step>
class replay_memory {
  static_assert(check_replay<Replay>());
  static_assert(check_collate<Collate>());

 public:
  using value = typename Observation::value;
  using action_type = action_of_slots<Slots>;
  using batch_type = host_batch<Observation, Slots>;
  using sampler_type = typename Replay::sampler;
  using storage_type = replay::storage<Observation, Slots>;

  /// For `worlds` worlds of `actions` actions (0: actions are not checked). Throws config_error and memory_error.
  replay_memory(const typename Replay::config& replay, const typename Collate::config& collate, std::size_t worlds,
                std::size_t actions)
      : collate_(collate),
        storage_(worlds, replay.capacity, collate_.horizon(), actions),
        sampler_(replay, storage_.items()) {}

  /// Stores a step: see replay::storage::push.
  void push(std::size_t world, const value& before, const action_type& action, float reward, ending end, bool greedy,
            const value* after) {
    storage_.push(world, before, action, reward, end, greedy, after, sampler_);
  }

  /// Ends a world's open episode, its end unknown: see replay::storage::interrupt.
  void interrupt(std::size_t world) { storage_.interrupt(world, sampler_); }

  /// Applies the capacity at `clock` environment steps: see replay::storage::advance. Until the first call it is that
  /// at 0.
  void advance(std::uint64_t clock) { storage_.advance(clock, sampler_); }

  /// Steps that may be drawn.
  [[nodiscard]] std::size_t size() const { return sampler_.size(); }

  /// Draws `count` steps and their weights into `out`, whose rows `collate` then writes. `clock` counts environment
  /// steps. Throws config_error for 0 samples or when no step may be drawn yet.
  void sample(const sequence& random, std::uint64_t clock, std::size_t count, batch_type& out) {
    require<config_error>(count >= 1, "the replay was asked for a batch of 0 samples; ask for at least 1");
    require<config_error>(
        size() > 0, "the replay was asked for {} samples and has no complete step yet; push more steps first", count);
    out.resize(count);
    out.random = random;
    out.clock = clock;
    sampler_.sample(random, clock, out.item, out.weight);
  }

  /// Writes rows [first, first + count) of a drawn batch. Calls for different rows may overlap in time. Throws
  /// shape_error.
  void collate(std::size_t first, std::size_t count, batch_type& out) const {
    require<shape_error>(first <= out.size() && count <= out.size() - first,
                         "rows {} to {} of a batch of {} samples were asked for", first, first + count, out.size());
    for (std::size_t row = first; row < first + count; ++row) {
      auto sample = out.sample(row);
      collate_(storage_.window(out.item[row]), out.clock, sample);
    }
  }

  /// Gives the sampler new priorities of drawn items: see replay::priority_form for the two kinds.
  void update(std::span<const std::size_t> item, std::span<const float> sum_mean_abs,
              std::span<const float> mean_difference) {
    sampler_.update(item, sum_mean_abs, mean_difference);
  }

  [[nodiscard]] const storage_type& storage() const { return storage_; }
  [[nodiscard]] const sampler_type& sampler() const { return sampler_; }
  [[nodiscard]] std::size_t worlds() const { return storage_.worlds(); }

  /// Bytes of the stored steps and, where it tells, of the sampler.
  [[nodiscard]] std::size_t bytes() const {
    if constexpr (requires { sampler_.bytes(); }) {
      return storage_.bytes() + sampler_.bytes();
    } else {
      return storage_.bytes();
    }
  }

  /// Saves and restores: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    v("storage", storage_);
    v("sampler", sampler_);
  }

 private:
  Collate collate_;
  storage_type storage_;
  sampler_type sampler_;
};

}  // namespace iqnrl
