// The collate axis: how a window of stored steps becomes one sample of a batch.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/world.hpp>

namespace iqnrl {

/// What a collate policy reads: a drawn step and those that follow it in its episode. Only what a policy may ask for;
/// the real one is replay::step_window.
struct window_archetype {
  using observation_type = world_archetype::observation;
  static constexpr std::size_t slots = 1;
  [[nodiscard]] std::size_t length() const { return 1; }
  [[nodiscard]] float reward(std::size_t) const { return 0; }
  [[nodiscard]] ending end(std::size_t) const { return ending::none; }
  [[nodiscard]] bool greedy(std::size_t) const { return true; }
  [[nodiscard]] std::span<const std::int32_t, 1> action(std::size_t) const { return zero; }
  [[nodiscard]] bool has_bootstrap() const { return true; }
  template <std::size_t I>
  void copy(std::size_t, std::span<float, 1>) const {}
  template <std::size_t I>
  [[nodiscard]] std::span<const float, 1> observation(std::size_t) const {
    return number;
  }
  [[nodiscard]] std::uint64_t position() const { return 0; }
  [[nodiscard]] std::optional<std::uint64_t> steps_to_end() const { return {}; }

  std::array<std::int32_t, 1> zero{};
  std::array<float, 1> number{};
};

/// What a collate policy writes: one sample of a batch. The real one is sample_ref.
struct sample_archetype {
  template <std::size_t I>
  [[nodiscard]] std::span<float, 1> now() {
    return number;
  }
  template <std::size_t I>
  [[nodiscard]] std::span<float, 1> next() {
    return number;
  }
  [[nodiscard]] double uniform(std::uint64_t) const { return 0; }

  std::array<std::int32_t, 1> action{};
  float reward = 0;
  float discount = 0;
  std::uint32_t steps = 0;
  std::array<float, 1> number{};
};

namespace detail {
template <class P>
concept collate_made = std::constructible_from<P, const typename P::config&>;
template <class P>
concept collate_horizon = requires(const P p) {
  { p.horizon() } -> std::convertible_to<std::size_t>;
};
template <class P>
concept collate_writes = requires(const P p, const window_archetype& w, std::uint64_t clock, sample_archetype& out) {
  p(w, clock, out);
};
}  // namespace detail

/// A collate policy: made from its config, says how many steps it looks ahead, and writes samples. It is called from
/// several threads at a time, each with its own sample.
template <class P>
concept collate_policy =
    policy_on<P, axis::collate> && detail::collate_made<P> && detail::collate_horizon<P> && detail::collate_writes<P>;

/// Says in one sentence what a type lacks to be a collate policy.
template <class P>
consteval bool check_collate() {
  static_assert(policy_on<P, axis::collate>,
                "iqnrl[collate]: the policy needs `using axis = iqnrl::axis::collate;` and an aggregate `config`  -> "
                "docs/collate.md");
  if constexpr (policy_on<P, axis::collate>) {
    static_assert(
        detail::collate_made<P>,
        "iqnrl[collate]: the policy needs a constructor that takes `const config&` and checks it  -> docs/collate.md");
    static_assert(
        detail::collate_horizon<P>,
        "iqnrl[collate]: the policy needs `std::size_t horizon() const` (how many steps a sample looks ahead, at "
        "least 1)  -> docs/collate.md");
    static_assert(
        detail::collate_writes<P>,
        "iqnrl[collate]: the policy needs `template <class Window, class Sample> void operator()(const Window&, "
        "std::uint64_t clock, Sample& out) const`  -> docs/collate.md");
  }
  return collate_policy<P>;
}

/// The least that satisfies the contract.
struct collate_archetype {
  using axis = iqnrl::axis::collate;
  struct config {};
  explicit collate_archetype(const config&) {}
  [[nodiscard]] std::size_t horizon() const { return 1; }
  template <class Window, class Sample>
  void operator()(const Window&, std::uint64_t, Sample&) const {}
};
static_assert(collate_policy<collate_archetype>);

}  // namespace iqnrl
