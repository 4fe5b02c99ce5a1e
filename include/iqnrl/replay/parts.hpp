// Stored observations: every part as it is, but a stack of frames as its newest frame.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/replay/plan.hpp>

namespace iqnrl::replay {

namespace detail {

/// Elements of a part that a slot holds.
template <class Part>
inline constexpr std::size_t kept_size = Part::size;
template <iqnrl::detail::stacked Part>
inline constexpr std::size_t kept_size<Part> = Part::frame::size;

/// Slots before its own that a part is put together from, at most.
template <class Part>
inline constexpr std::size_t reach_of = 0;
template <iqnrl::detail::stacked Part>
inline constexpr std::size_t reach_of<Part> = Part::frames - 1;

}  // namespace detail

/// The observations of all slots, in rings of `per_ring` slots. Which of them are alive, and which step of its episode
/// each holds (`position`, from 0), is storage's affair.
template <class Observation>
class part_rings {
  template <std::size_t I>
  using part_at = typename Observation::template part_at<I>;
  template <std::size_t I>
  using element = typename part_at<I>::value_type;
  template <std::size_t I>
  static constexpr std::size_t kept = detail::kept_size<part_at<I>>;

 public:
  using value = typename Observation::value;
  template <std::size_t I>
  using part_span = std::span<element<I>, Observation::sizes[I]>;
  template <std::size_t I>
  using const_part_span = std::span<const element<I>, Observation::sizes[I]>;

  /// Slots before its own that an observation is put together from, at most.
  static constexpr std::size_t reach = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::max({std::size_t{0}, detail::reach_of<part_at<I>>...});
  }
  (std::make_index_sequence<Observation::count>{});

  /// Bytes of a slot.
  static constexpr std::size_t slot_bytes = []<std::size_t... I>(std::index_sequence<I...>) {
    return (std::size_t{0} + ... + (kept<I> * sizeof(element<I>)));
  }
  (std::make_index_sequence<Observation::count>{});

  part_rings() = default;

  /// Throws memory_error.
  part_rings(std::size_t rings, std::size_t per_ring, const char* what) : per_ring_(per_ring) {
    for_each_part<Observation>(
        [&](auto i) { std::get<i>(arrays_) = planned<element<i>>(rings * per_ring * kept<i>, what); });
  }

  /// Stores what a slot has of an observation.
  void write(std::size_t item, const value& from) {
    for_each_part<Observation>([&](auto i) {
      const auto newest = from.template at<i>().template last<kept<i>>();
      std::copy(newest.begin(), newest.end(), at<i>(item));
    });
  }

  /// Part I of a slot, which is stored whole.
  template <std::size_t I>
  [[nodiscard]] const_part_span<I> whole(std::size_t item) const {
    static_assert(!iqnrl::detail::stacked<part_at<I>>);
    return const_part_span<I>(at<I>(item), Observation::sizes[I]);
  }

  /// Writes part I as it was seen in the step at `position`.
  template <std::size_t I>
  void copy(std::size_t item, std::uint64_t position, part_span<I> out) const {
    if constexpr (iqnrl::detail::stacked<part_at<I>>) {
      for (std::size_t age = 0; age < part_at<I>::frames; ++age) {
        const auto to = frame_of<I>(std::span(out), age);
        if (const auto steps = steps_back<I>(position, age)) {
          std::copy_n(at<I>(back(item, *steps)), kept<I>, to.begin());
        } else {
          std::fill(to.begin(), to.end(), element<I>{});
        }
      }
    } else {
      std::copy_n(at<I>(item), kept<I>, out.begin());
    }
  }

  /// Throws config_error unless the stacks of the newest of `unstored`, seen in the step at `position`, have the frames
  /// of the steps before it. Those are the newest frames of the other `unstored`, the newer ones first, and of the
  /// slots before `next`, which the last of `unstored` will take.
  template <std::size_t Count>
  void require_stacks(std::size_t world, std::size_t next, std::uint64_t position,
                      const std::array<const value*, Count>& unstored) const {
    for_each_part<Observation>([&](auto i) {
      if constexpr (iqnrl::detail::stacked<part_at<i>>) require_stack<i>(world, next, position, unstored);
    });
  }

  /// Saves and restores: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    for_each_part<Observation>(
        [&](auto i) { v("observation." + std::string(Observation::names[i]), std::get<i>(arrays_).all()); });
  }

 private:
  template <class>
  struct array_tuple;
  template <std::size_t... I>
  struct array_tuple<std::index_sequence<I...>> {
    using type = std::tuple<planned<element<I>>...>;
  };

  /// How many steps back the frame was newest that stands `age` frames before the newest of the step at `position`;
  /// nothing where zeros stand.
  template <std::size_t I>
  static std::optional<std::size_t> steps_back(std::uint64_t position, std::size_t age) {
    if (age <= position) return age;
    if constexpr (part_at<I>::padding == stack_padding::first) return static_cast<std::size_t>(position);
    return {};
  }

  /// The frame of a stack that is `age` frames before the newest.
  template <std::size_t I, class T>
  static std::span<T, kept<I>> frame_of(std::span<T, Observation::sizes[I]> stack, std::size_t age) {
    return stack.subspan((part_at<I>::frames - 1 - age) * kept<I>).template first<kept<I>>();
  }

  template <std::size_t I, std::size_t Count>
  void require_stack(std::size_t world, std::size_t next, std::uint64_t position,
                     const std::array<const value*, Count>& unstored) const {
    for (std::size_t age = 1; age < part_at<I>::frames; ++age) {
      const auto seen = frame_of<I>(unstored[0]->template at<I>(), age);
      const auto steps = steps_back<I>(position, age);
      const bool same = steps ? std::ranges::equal(seen, earlier<I>(next, *steps, unstored))
                              : std::ranges::all_of(seen, [](auto x) { return x == decltype(x){}; });
      if (same) continue;
      require<config_error>(
          false,
          "frame {} of the stack `{}` of world {} is not {}; let iqnrl::frame_stacker keep the world's stack, and call "
          "`interrupt` where an episode is cut off",
          part_at<I>::frames - 1 - age, part_at<I>::name, world, expected(steps, age));
    }
  }

  /// What was the newest frame `steps` before: see require_stacks.
  template <std::size_t I, std::size_t Count>
  [[nodiscard]] std::span<const element<I>, kept<I>> earlier(std::size_t next, std::size_t steps,
                                                             const std::array<const value*, Count>& unstored) const {
    if (steps < Count) return frame_of<I>(unstored[steps]->template at<I>(), 0);
    return std::span<const element<I>, kept<I>>(at<I>(back(next, steps - Count + 1)), kept<I>);
  }

  static std::string expected(const std::optional<std::size_t>& steps, std::size_t age) {
    if (!steps) return "zeros, which stand before an episode's first frame";
    if (*steps < age) return "the episode's first frame, which stands in place of those before it";
    return fmt::format("the frame that was newest {} step{} before", age, age == 1 ? "" : "s");
  }

  [[nodiscard]] std::size_t back(std::size_t item, std::size_t steps) const {
    const std::size_t slot = item % per_ring_;
    return item - slot + (slot + per_ring_ - steps) % per_ring_;
  }

  template <std::size_t I>
  [[nodiscard]] element<I>* at(std::size_t item) {
    return std::get<I>(arrays_).data() + item * kept<I>;
  }
  template <std::size_t I>
  [[nodiscard]] const element<I>* at(std::size_t item) const {
    return std::get<I>(arrays_).data() + item * kept<I>;
  }

  std::size_t per_ring_ = 1;
  typename array_tuple<std::make_index_sequence<Observation::count>>::type arrays_;
};

}  // namespace iqnrl::replay
