// Uniform replay: every stored step is as likely as any other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <iqnrl/contract/replay.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/replay/plan.hpp>

namespace iqnrl::replay {

/// Draws uniformly, with replacement, among the steps whose window is complete (Lin 1992; Mnih et al. 2015). All
/// weights are 1; priorities are not used.
struct uniform {
  using axis = iqnrl::axis::replay;

  struct config {
    schedule capacity = 100'000;  ///< stored steps over all worlds, by environment step

    template <class V>
    void describe(V& v) const {
      v("capacity", capacity);
    }
  };

  /// The drawable items as a dense list, and the place of each item in it: ready, remove and one draw are O(1).
  class sampler {
   public:
    /// Throws config_error for a capacity that is no number of steps or more than 2^32 - 2 items, memory_error.
    sampler(const config& c, std::size_t items) {
      c.capacity.require_whole(1, "replay.capacity");
      require<config_error>(items < std::numeric_limits<std::uint32_t>::max(),
                            "the replay was asked for {} items; uniform replay counts to {}, so lower the capacity",
                            items, std::numeric_limits<std::uint32_t>::max() - 1);
      require_memory(2 * items * sizeof(std::uint32_t), "uniform replay");
      list_ = planned<std::uint32_t>(items, "uniform replay");
      place_ = planned<std::uint32_t>(items, "uniform replay");
    }

    /// From now on `item` may be drawn.
    void ready(std::size_t item) {
      if (place_[item] != 0) return;
      list_[count_] = static_cast<std::uint32_t>(item);
      place_[item] = static_cast<std::uint32_t>(++count_);
    }

    /// From now on `item` is not drawn.
    void remove(std::size_t item) {
      if (place_[item] == 0) return;
      const std::uint32_t moved = list_[--count_];
      list_[place_[item] - 1] = moved;
      place_[moved] = place_[item];
      place_[item] = 0;
    }

    /// Draws `index.size()` items; all weights are 1. Throws config_error when no item may be drawn.
    void sample(const sequence& random, std::uint64_t, std::span<std::size_t> index, std::span<float> weight) const {
      require<config_error>(count_ > 0,
                            "the replay was asked for {} samples and has no complete step yet; push more steps first",
                            index.size());
      generator g(random);
      for (std::size_t& i : index) i = list_[g.below(static_cast<std::uint32_t>(count_))];
      std::fill(weight.begin(), weight.end(), 1.0F);
    }

    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}

    /// Items that may be drawn.
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(count_); }
    [[nodiscard]] std::size_t bytes() const { return list_.bytes() + place_.bytes(); }

    /// Saves and restores: see core/state.hpp. Throws file_error where what was restored is no set of items.
    template <class Visitor>
    void state(Visitor& v) {
      v("count", count_);
      v("list", list_.all());
      std::fill(place_.all().begin(), place_.all().end(), 0U);
      const std::uint64_t claimed = count_;
      bool valid = claimed <= list_.size();
      count_ = 0;
      for (std::size_t i = 0; valid && i < claimed; ++i) {
        valid = list_[i] < list_.size() && place_[list_[i]] == 0;
        if (valid) place_[list_[i]] = static_cast<std::uint32_t>(++count_);
      }
      require<file_error>(valid, "the restored list of {} drawable items is damaged; restore another file", claimed);
    }

   private:
    planned<std::uint32_t> list_;   // the first count_ entries are the drawable items
    planned<std::uint32_t> place_;  // of an item in the list, plus 1; 0 where it is not drawable
    std::uint64_t count_ = 0;
  };
};
static_assert(replay_policy<uniform>);

}  // namespace iqnrl::replay
