// How many slots each world has, and when.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/schedule.hpp>

namespace iqnrl::replay {

/// Slots of each world's ring: capacity / worlds, rounded down, by environment step.
class ring_size {
 public:
  /// For windows of `horizon` steps, whose observations are put together from `reach` slots before their own. Throws
  /// config_error for a capacity that is not whole or that has no room for a window.
  ring_size(std::size_t worlds, const schedule& capacity, std::size_t horizon, std::size_t reach)
      : worlds_(worlds), capacity_(capacity) {
    require<config_error>(worlds >= 1, "the replay was given 0 worlds; it needs at least 1");
    require<config_error>(horizon >= 1, "the replay was given windows of 0 steps; a window has at least 1");
    capacity.require_whole(1, "replay.capacity");
    const auto smallest = static_cast<std::size_t>(capacity.min());
    const std::size_t others = 2 + reach;
    require<config_error>(least() >= others && least() - others >= horizon,
                          "a replay capacity of {} leaves {} steps to each of {} worlds and windows of {} steps{} need "
                          "{}; raise replay.capacity",
                          smallest, least(), worlds, horizon,
                          reach == 0 ? "" : fmt::format(" of stacks of {} frames", reach + 1), horizon + others);
  }

  [[nodiscard]] std::size_t least() const { return static_cast<std::size_t>(capacity_.min()) / worlds_; }
  [[nodiscard]] std::size_t most() const { return static_cast<std::size_t>(capacity_.max()) / worlds_; }

  /// Slots at `clock` environment steps.
  [[nodiscard]] std::size_t at(std::uint64_t clock) const {
    return std::clamp(static_cast<std::size_t>(capacity_(clock)) / worlds_, least(), most());
  }

 private:
  std::size_t worlds_;
  schedule capacity_;
};

}  // namespace iqnrl::replay
