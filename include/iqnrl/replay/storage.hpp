// Raw steps, one ring per world. What is drawn is a sampler's affair, what is made of it collate's.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/core/sound.hpp>
#include <iqnrl/replay/parts.hpp>
#include <iqnrl/replay/plan.hpp>
#include <iqnrl/replay/ring_size.hpp>
#include <iqnrl/replay/window.hpp>

namespace iqnrl::replay {

/// Steps of several worlds, each world with a ring of its own, so that a step's successors are the next slots of its
/// ring.
///
/// A slot holds one step: what the agent saw, what it did, its reward and how the step ended. The observation after a
/// step is the one of the next slot. A truncated step is followed by a slot with the final observation alone; the slot
/// of a broken step counts as such a slot too, since its successor was lost. Such slots are never drawn and no window
/// crosses them.
///
/// Of a frame_stack, a slot holds the newest frame; the older ones are those of the slots before it. A slot that has
/// lost one of them is drawn no more.
///
/// The item of a slot is world * per_world() + slot. A window reaches forward, so a slot that is overwritten (always
/// the oldest of its ring) belongs to no window but its own, and to the stacks of the slots after it.
///
/// A step is announced to the sampler as ready when its window is complete: `horizon` steps later, or when its episode
/// ends. All memory is allocated by the constructor. Calls that change it must not overlap in time.
template <class Observation, std::size_t Slots>
class storage {
 public:
  using value = typename Observation::value;
  using action_type = action_of_slots<Slots>;
  using window_type = step_window<Observation, Slots>;

  /// Room for the largest `capacity` in slots over all worlds, capacity / worlds (rounded down) each, and windows of up
  /// to `horizon` steps. With `actions` above 0, actions are checked against it. Throws config_error for a capacity
  /// that is not whole, or where a world would have fewer than horizon + 2 slots and those of a stack's older frames,
  /// memory_error where the machine lacks the memory.
  storage(std::size_t worlds, const schedule& capacity, std::size_t horizon, std::size_t actions = 0)
      : worlds_(worlds),
        horizon_(horizon),
        actions_(actions),
        size_(worlds, capacity, horizon, parts_type::reach),
        per_world_(size_.most()),
        limit_(size_.at(0)) {
    require_memory(bytes_needed(worlds_, per_world_), what);
    const std::size_t n = items();
    parts_ = parts_type(worlds_, per_world_, what);
    actions_taken_ = planned<std::int32_t>(n * Slots, what);
    rewards_ = planned<float>(n, what);
    endings_ = planned<std::uint8_t>(n, what);
    greedy_ = planned<std::uint8_t>(n, what);
    positions_ = planned<std::uint64_t>(n, what);
    episodes_ = planned<std::uint64_t>(n, what);
    lengths_ = planned<std::uint64_t>(n, what);
    cursors_ = planned<cursor>(worlds_, what);
  }

  /// Stores a step: in `before` the agent took `action`, which brought `reward` and ended as `end`. On `truncated`,
  /// `after` is the observation after the step and is stored; otherwise it may be null, and is checked where it is
  /// given and the step is not `broken`. `greedy` says whether the action was the policy's best.
  ///
  /// Throws shape_error for a world or an action that does not exist, config_error for a truncated step without
  /// `after` and for a stack whose older frames are not those of the steps before, numeric_error for a NaN or an
  /// infinity in the reward or an observation, shape_error for an observation that allows no action. Nothing is stored
  /// when it throws.
  template <class Sampler>
  void push(std::size_t world, const value& before, const action_type& action, float reward, ending end, bool greedy,
            const value* after, Sampler& sampler) {
    require_step(world, before, action, reward, end, after);
    cursor& c = cursors_[world];
    if (c.position == 0) c.episode = (c.episode + 1) % per_world_;
    const std::size_t slot = claim(world, before, end, sampler);
    const std::size_t item = first(world) + slot;
    if constexpr (Slots == 1) {
      actions_taken_[item] = action;
    } else {
      std::copy(action.begin(), action.end(), actions_taken_.data() + item * Slots);
    }
    rewards_[item] = reward;
    greedy_[item] = greedy ? 1 : 0;
    lengths_[first(world) + c.episode] = 0;
    if (c.position >= horizon_) sampler.ready(first(world) + back(slot, horizon_));
    if (end == ending::none) {
      ++c.position;
      return;
    }
    if (end == ending::truncated) {
      ++c.position;
      claim(world, *after, ending::broken, sampler);
      --c.position;
    }
    finish(world, slot, end, sampler);
  }

  /// Ends a world's open episode without a step, as after a restart of the game: its last step becomes a broken one.
  /// Without an open episode nothing happens.
  template <class Sampler>
  void interrupt(std::size_t world, Sampler& sampler) {
    require_world(world);
    cursor& c = cursors_[world];
    if (c.position == 0) return;
    const std::size_t newest = back(static_cast<std::size_t>(c.head), 1);
    endings_[first(world) + newest] = static_cast<std::uint8_t>(ending::broken);
    --c.position;
    finish(world, newest, ending::broken, sampler);
  }

  /// Applies the capacity at `clock` environment steps: from now on the newest capacity / worlds slots of each world
  /// are alive. Older ones are taken from the sampler at once.
  template <class Sampler>
  void advance(std::uint64_t clock, Sampler& sampler) {
    const std::uint64_t before = std::exchange(limit_, size_.at(clock));
    if (limit_ >= before) return;
    for (std::size_t world = 0; world < worlds_; ++world) {
      while (cursors_[world].filled > limit_) drop_oldest(world, sampler);
    }
  }

  /// The step of an item and those that follow it. Throws shape_error for an item that holds no step, or whose stacks
  /// have lost a frame.
  [[nodiscard]] window_type window(std::size_t item) const {
    require<shape_error>(item < items(), "item {} was asked for and the replay has {} items", item, items());
    const cursor& c = cursors_[item / per_world_];
    const std::size_t newer = back(static_cast<std::size_t>(c.head), 1 + item % per_world_);
    require<shape_error>(newer < c.filled, "item {} was asked for and holds no step", item);
    require<shape_error>(c.filled - 1 - newer >= std::min<std::uint64_t>(parts_type::reach, positions_[item]),
                         "item {} was asked for and has lost older frames of its stack", item);
    return window_type(*this, item);
  }

  [[nodiscard]] std::size_t items() const { return worlds_ * per_world_; }
  [[nodiscard]] std::size_t per_world() const { return per_world_; }
  [[nodiscard]] std::size_t worlds() const { return worlds_; }
  [[nodiscard]] std::size_t horizon() const { return horizon_; }
  /// Slots that are alive, over all worlds.
  [[nodiscard]] std::size_t filled() const {
    std::uint64_t n = 0;
    for (const cursor& c : cursors_.all()) n += c.filled;
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_needed(worlds_, per_world_); }

  /// Saves and restores: see core/state.hpp. Throws file_error where restored numbers contradict each other.
  template <class Visitor>
  void state(Visitor& v) {
    parts_.state(v);
    v("action", actions_taken_.all());
    v("reward", rewards_.all());
    v("ending", endings_.all());
    v("greedy", greedy_.all());
    v("position", positions_.all());
    v("episode", episodes_.all());
    v("length", lengths_.all());
    v("limit", limit_);
    bool valid = limit_ >= size_.least() && limit_ <= per_world_;
    for (std::size_t world = 0; world < worlds_; ++world) {
      cursor& c = cursors_[world];
      v("world." + std::to_string(world), c);
      valid = valid && c.head < per_world_ && c.filled <= limit_ && c.episode < per_world_;
    }
    for (const std::uint8_t e : endings_.all()) valid = valid && e <= static_cast<std::uint8_t>(ending::broken);
    for (const std::uint64_t e : episodes_.all()) valid = valid && e < per_world_;
    require<file_error>(valid,
                        "the restored replay points outside its own memory; the file is damaged, restore another");
  }

 private:
  friend window_type;

  using parts_type = part_rings<Observation>;
  static constexpr const char* what = "the replay";

  /// Where a world is. `position`: steps of the open episode so far.
  struct cursor {
    std::uint64_t head;
    std::uint64_t filled;
    std::uint64_t position;
    std::uint64_t episode;

    template <class Visitor>
    void state(Visitor& v) {
      v("head", head);
      v("filled", filled);
      v("position", position);
      v("episode", episode);
    }
  };

  static std::size_t bytes_needed(std::size_t worlds, std::size_t per_world) {
    constexpr std::size_t each =
        parts_type::slot_bytes + Slots * sizeof(std::int32_t) + sizeof(float) + 2 + 3 * sizeof(std::uint64_t);
    return checked_product(checked_product(worlds, per_world, what), each, what) + worlds * sizeof(cursor);
  }

  [[nodiscard]] std::size_t first(std::size_t world) const { return world * per_world_; }
  [[nodiscard]] std::size_t back(std::size_t slot, std::size_t steps) const {
    return (slot + per_world_ - steps) % per_world_;
  }

  /// Takes the oldest slot of a world from the living, and from the sampler with those whose stacks lose a frame by it.
  template <class Sampler>
  void drop_oldest(std::size_t world, Sampler& sampler) {
    cursor& c = cursors_[world];
    const std::size_t slot = back(static_cast<std::size_t>(c.head), static_cast<std::size_t>(c.filled--));
    sampler.remove(first(world) + slot);
    for (std::size_t k = 0; k < parts_type::reach; ++k) {
      const std::size_t next = first(world) + (slot + 1 + k) % per_world_;
      if (k < positions_[next]) sampler.remove(next);
    }
  }

  /// Takes the next slot of a world for an observation.
  template <class Sampler>
  std::size_t claim(std::size_t world, const value& observation, ending end, Sampler& sampler) {
    cursor& c = cursors_[world];
    const std::size_t slot = static_cast<std::size_t>(c.head);
    const std::size_t item = first(world) + slot;
    if (c.filled == limit_) drop_oldest(world, sampler);
    parts_.write(item, observation);
    endings_[item] = static_cast<std::uint8_t>(end);
    positions_[item] = c.position;
    episodes_[item] = c.episode;
    c.head = (c.head + 1) % per_world_;
    ++c.filled;
    return slot;
  }

  /// Announces the steps of an ended episode that still waited for their window; `slot` is its last step.
  template <class Sampler>
  void finish(std::size_t world, std::size_t slot, ending end, Sampler& sampler) {
    cursor& c = cursors_[world];
    const std::size_t newest = end == ending::broken ? 1 : 0;
    std::size_t waiting = static_cast<std::size_t>(std::min<std::uint64_t>(c.position + 1, horizon_));
    while (waiting > newest) sampler.ready(first(world) + back(slot, --waiting));
    lengths_[first(world) + c.episode] = end == ending::broken ? 0 : c.position + 1;
    c.position = 0;
  }

  void require_world(std::size_t world) const {
    require<shape_error>(world < worlds_, "a step came from world {} and the replay was built for {} worlds", world,
                         worlds_);
  }

  void require_step(std::size_t world, const value& before, const action_type& action, float reward, ending end,
                    const value* after) const {
    require_world(world);
    require<shape_error>(static_cast<std::uint8_t>(end) <= static_cast<std::uint8_t>(ending::broken),
                         "a step of world {} ended as {}, which is no ending; use iqnrl::ending", world,
                         static_cast<int>(end));
    require<config_error>(
        end != ending::truncated || after != nullptr,
        "a truncated step of world {} came without the observation after it; give `after`, or end the step as "
        "`broken` where that is lost",
        world);
    if constexpr (Slots == 1) {
      require_action(world, 0, action);
    } else {
      for (std::size_t s = 0; s < Slots; ++s) require_action(world, s, action[s]);
    }
    require<numeric_error>(is_finite(reward), "the reward of world {} is {}; the world must give finite rewards", world,
                           reward);
    require_sound<Observation>(before, "world", world);
    if (after != nullptr && end != ending::broken) require_sound<Observation>(*after, "world", world);
    const cursor& c = cursors_[world];
    const std::size_t next = first(world) + static_cast<std::size_t>(c.head);
    parts_.require_stacks(world, next, c.position, std::array{&before});
    if (end == ending::truncated) parts_.require_stacks(world, next, c.position + 1, std::array{after, &before});
  }

  void require_action(std::size_t world, std::size_t slot, int action) const {
    require<shape_error>(actions_ == 0 || (action >= 0 && static_cast<std::size_t>(action) < actions_),
                         "action {} in slot {} of world {} is outside [0, {})", action, slot, world, actions_);
  }

  std::size_t worlds_;
  std::size_t horizon_;
  std::size_t actions_;
  ring_size size_;
  std::size_t per_world_;
  std::uint64_t limit_;  // slots of a world that may be alive
  parts_type parts_;
  planned<std::int32_t> actions_taken_;
  planned<float> rewards_;
  planned<std::uint8_t> endings_;
  planned<std::uint8_t> greedy_;
  planned<std::uint64_t> positions_;  // of the step in its episode
  planned<std::uint64_t> episodes_;   // which entry of lengths_ its episode has: at most per_world_ episodes are alive
  planned<std::uint64_t> lengths_;    // of an episode that ended with its end known, 0 otherwise
  planned<cursor> cursors_;
};

}  // namespace iqnrl::replay
