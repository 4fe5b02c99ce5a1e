// A stored step and those that follow it in its episode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/observation.hpp>

namespace iqnrl::replay {

template <class Observation, std::size_t Slots>
class storage;

/// What storage::window gives: up to horizon() steps from a drawn one on, numbered from 0. Valid until the storage
/// changes.
template <class Observation, std::size_t Slots>
class step_window {
 public:
  using observation_type = Observation;
  static constexpr std::size_t slots = Slots;

  /// Steps whose reward and successor are known, at most the horizon: it stops after a terminal or truncated step, and
  /// before a broken one. At least 1 for a drawable item.
  [[nodiscard]] std::size_t length() const { return length_; }

  /// Whether the observation after the last step is known and has a value: not after a terminal step.
  [[nodiscard]] bool has_bootstrap() const { return bootstrap_; }

  /// Reward of step k, k < length().
  [[nodiscard]] float reward(std::size_t k) const { return storage_->rewards_[item(k)]; }

  /// How step k ended, k < length().
  [[nodiscard]] ending end(std::size_t k) const { return static_cast<ending>(storage_->endings_[item(k)]); }

  /// Whether the action of step k was greedy, k < length().
  [[nodiscard]] bool greedy(std::size_t k) const { return storage_->greedy_[item(k)] != 0; }

  /// The action of step k, one number a slot, k < length().
  [[nodiscard]] std::span<const std::int32_t, Slots> action(std::size_t k) const {
    return std::span<const std::int32_t, Slots>(storage_->actions_taken_.data() + item(k) * Slots, Slots);
  }

  /// Writes part I of what was seen before step k, k < length(); with has_bootstrap() also k = length(), after the last
  /// step.
  template <std::size_t I>
  void copy(std::size_t k,
            std::span<typename Observation::template part_at<I>::value_type, Observation::sizes[I]> out) const {
    storage_->parts_.template copy<I>(item(k), storage_->positions_[item(k)], out);
  }

  /// The same without a copy, for a part that is stored whole.
  template <std::size_t I>
  [[nodiscard]] std::span<const typename Observation::template part_at<I>::value_type, Observation::sizes[I]>
  observation(std::size_t k) const {
    static_assert(!iqnrl::detail::stacked<typename Observation::template part_at<I>>,
                  "iqnrl[collate]: a frame_stack is stored frame by frame, so the window has no span of it; write it "
                  "by `window.template copy<I>(k, out)`  -> docs/collate.md");
    return storage_->parts_.template whole<I>(item(k));
  }

  /// Number of step 0 in its episode, from 0.
  [[nodiscard]] std::uint64_t position() const { return storage_->positions_[item(0)]; }

  /// Steps from step 0 to the last of its episode, both included; nothing while the episode goes on or when its end was
  /// lost.
  [[nodiscard]] std::optional<std::uint64_t> steps_to_end() const {
    const std::uint64_t length = storage_->lengths_[first_ + storage_->episodes_[item(0)]];
    if (length <= position()) return {};
    return length - position();
  }

 private:
  friend class storage<Observation, Slots>;

  step_window(const storage<Observation, Slots>& from, std::size_t item)
      : storage_(&from), first_(item - item % from.per_world_), slot_(item % from.per_world_) {
    const std::size_t head = static_cast<std::size_t>(from.cursors_[item / from.per_world_].head);
    ending last = end(0);
    if (last == ending::broken) return;
    while (length_ < from.horizon_) {
      last = end(length_);
      if (last == ending::terminal) {
        ++length_;
        break;
      }
      if ((slot_ + length_ + 1) % from.per_world_ == head) break;
      ++length_;
      if (last == ending::truncated || end(length_) == ending::broken) break;
    }
    bootstrap_ = length_ > 0 && last != ending::terminal;
  }

  [[nodiscard]] std::size_t item(std::size_t k) const { return first_ + (slot_ + k) % storage_->per_world_; }

  const storage<Observation, Slots>* storage_;
  std::size_t first_;
  std::size_t slot_;
  std::size_t length_ = 0;
  bool bootstrap_ = false;
};

}  // namespace iqnrl::replay
