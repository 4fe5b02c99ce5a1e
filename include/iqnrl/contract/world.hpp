// The world axis: what an agent acts in.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <iqnrl/core/frame_stacker.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/random.hpp>

namespace iqnrl {

/// How a step ended.
enum class ending : std::uint8_t {
  none,       ///< the episode goes on
  terminal,   ///< the episode is over; nothing follows, so nothing is bootstrapped
  truncated,  ///< the episode was cut off; the state after the step has a value and is bootstrapped
  broken,     ///< the episode was lost and the state after the step is unknown; no window crosses it
};

/// What a world answers to an action.
struct outcome {
  float reward = 0;
  ending end = ending::none;
};

namespace detail {
template <class W>
concept has_observation = requires {
  typename W::observation;
  typename W::observation::value;
  { W::observation::count } -> std::convertible_to<std::size_t>;
};
template <class W>
concept has_actions = requires {
  { W::actions } -> std::convertible_to<std::size_t>;
};
template <class W>
struct slot_count : std::integral_constant<std::size_t, 1> {};
template <class W>
requires requires { W::slots; }
struct slot_count<W> : std::integral_constant<std::size_t, static_cast<std::size_t>(W::slots)> {};
}  // namespace detail

/// Action slots of a world: 1 unless it takes blocks of actions (`static constexpr std::size_t slots`).
template <class W>
inline constexpr std::size_t slots_of = detail::slot_count<W>::value;

/// The action of a world: an int in [0, actions), or an array of them where the world takes blocks.
template <std::size_t Slots>
using action_of_slots = std::conditional_t<Slots == 1, int, std::array<int, Slots>>;
template <class W>
using action_of = action_of_slots<slots_of<W>>;

namespace detail {
template <std::size_t N>
consteval bool distinct(const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (names[i] == names[j]) return false;
    }
  }
  return true;
}
template <class W>
concept has_reset = requires(W w, const generator& g) {
  w.reset(g);
};
template <class W>
concept has_observe = requires(const W w, typename W::observation::value& o) {
  w.observe(o);
};
template <class W>
concept has_step = requires(W w, action_of<W> a) {
  { w.step(a) } -> std::same_as<outcome>;
};
}  // namespace detail

namespace detail {
/// Extents in the name of a type, for a compiler to print.
template <std::size_t... Extents>
struct shape;

template <class Mask, class World>
consteval bool check_mask() {
  static_assert(
      std::same_as<Mask, World>,
      "iqnrl[world]: legal_actions<A, S> must have the world's `actions` and `slots`; the shapes [S, A] of the "
      "mask and of the world are named beside this sentence  -> docs/world.md");
  return true;
}
}  // namespace detail

/// A world: an observation, actions, `reset`, `observe` and `step`. It holds all of its state; copies are independent.
template <class W>
concept world = detail::has_observation<W> && detail::has_actions<W> && std::copyable<W> && detail::has_reset<W> &&
    detail::has_observe<W> && detail::has_step<W>;

/// Says in one sentence what a type lacks to be a world.
template <class W>
consteval bool check_world() {
  static_assert(
      detail::has_observation<W>,
      "iqnrl[world]: the world needs `using observation = iqnrl::observation<iqnrl::part<\"name\", float, 4>>;`"
      "  -> docs/world.md");
  if constexpr (detail::has_observation<W>) {
    static_assert(W::observation::bytes > 0,
                  "iqnrl[world]: the observation has no part; write `iqnrl::part<\"name\", float, 4>` into it  -> "
                  "docs/world.md");
    static_assert(detail::distinct(W::observation::names),
                  "iqnrl[world]: two parts of the observation have the same name; give each its own  -> docs/world.md");
  }
  static_assert(
      detail::has_actions<W>,
      "iqnrl[world]: the world needs `static constexpr std::size_t actions` (how many there are)  -> docs/world.md");
  if constexpr (detail::has_observation<W> && detail::has_actions<W>) {
    static_assert(W::actions >= 1, "iqnrl[world]: the world has no action; `actions` is at least 1  -> docs/world.md");
    static_assert(std::copyable<W>,
                  "iqnrl[world]: the world must be copyable: each copy is a world of its own  -> docs/world.md");
    static_assert(detail::has_reset<W>,
                  "iqnrl[world]: the world needs `void reset(const iqnrl::generator& random)`, which starts an episode "
                  " -> docs/world.md");
    static_assert(detail::has_observe<W>,
                  "iqnrl[world]: the world needs `void observe(observation::value& out) const`, which writes what the "
                  "agent sees  -> docs/world.md");
    static_assert(detail::has_step<W>,
                  "iqnrl[world]: the world needs `iqnrl::outcome step(int action)`; with `slots` above 1 the action is "
                  "std::array<int, slots>  -> docs/world.md");
    if constexpr (requires { W::observation::has_legal; }) {
      if constexpr (W::observation::has_legal) {
        constexpr auto mask = W::observation::template part_at<W::observation::legal_index>::shape;
        static_assert(detail::check_mask<detail::shape<mask[0], mask[1]>, detail::shape<slots_of<W>, W::actions>>());
      }
    }
    if constexpr (requires { W::observation::moments_fit; }) {
      static_assert(W::observation::moments_fit,
                    "iqnrl[world]: `mean` and `deviation` of a part need one number for each of its elements  -> "
                    "docs/world.md");
    }
  }
  return world<W>;
}

/// The least that satisfies the contract.
struct world_archetype {
  using observation = iqnrl::observation<part<"state", float, 1>>;
  static constexpr std::size_t actions = 1;
  void reset(const generator&) {}
  void observe(observation::value&) const {}
  [[nodiscard]] outcome step(int) { return {}; }
};
static_assert(world<world_archetype>);

}  // namespace iqnrl
