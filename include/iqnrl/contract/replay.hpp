// The replay axis: which of the stored steps are drawn. Storage is common to all policies (replay/storage.hpp).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/schedule.hpp>

namespace iqnrl {

namespace detail {

/// A visitor that does nothing: what contracts try `state` with.
struct state_probe {
  template <class... Entry>
  void operator()(std::string_view, Entry&&...) {}
};

template <class P>
concept has_capacity = requires(const typename P::config c) {
  { c.capacity } -> std::convertible_to<schedule>;
};
template <class P>
concept has_sampler = requires {
  typename P::sampler;
}
&&std::constructible_from<typename P::sampler, const typename P::config&, std::size_t>;
template <class P>
concept sampler_marks = requires(typename P::sampler s, std::size_t item) {
  s.ready(item);
  s.remove(item);
};
template <class P>
concept sampler_draws = requires(typename P::sampler s, const sequence& random, std::uint64_t clock,
                                 std::span<std::size_t> index, std::span<float> weight) {
  s.sample(random, clock, index, weight);
};
template <class P>
concept sampler_updates = requires(typename P::sampler s, std::span<const std::size_t> index,
                                   std::span<const float> priority) {
  s.update(index, priority, priority);
};
template <class P>
concept sampler_counts = requires(const typename P::sampler s) {
  { s.size() } -> std::convertible_to<std::size_t>;
};
template <class P>
concept sampler_state = requires(typename P::sampler s, state_probe& v) {
  s.state(v);
};

}  // namespace detail

/// A replay policy: a config with a `capacity`, and a `sampler` that is told which items may be drawn, draws them and
/// takes new priorities. An item is the number of a stored step, below the count given at construction.
template <class P>
concept replay_policy =
    policy_on<P, axis::replay> && detail::has_capacity<P> && detail::has_sampler<P> && detail::sampler_marks<P> &&
    detail::sampler_draws<P> && detail::sampler_updates<P> && detail::sampler_counts<P> && detail::sampler_state<P>;

/// Says in one sentence what a type lacks to be a replay policy.
template <class P>
consteval bool check_replay() {
  static_assert(policy_on<P, axis::replay>,
                "iqnrl[replay]: the policy needs `using axis = iqnrl::axis::replay;` and an aggregate `config`  -> "
                "docs/replay.md");
  if constexpr (policy_on<P, axis::replay>) {
    static_assert(detail::has_capacity<P>,
                  "iqnrl[replay]: the config needs `iqnrl::schedule capacity` (stored steps over all worlds, by "
                  "environment step; a "
                  "plain number will do)  -> docs/replay.md");
    static_assert(
        detail::has_sampler<P>,
        "iqnrl[replay]: the policy needs `class sampler` with the constructor `sampler(const config&, std::size_t "
        "items)`  -> docs/replay.md");
    if constexpr (detail::has_sampler<P>) {
      static_assert(
          detail::sampler_marks<P>,
          "iqnrl[replay]: the sampler needs `void ready(std::size_t item)` and `void remove(std::size_t item)`, which "
          "say what may be drawn  -> docs/replay.md");
      static_assert(detail::sampler_draws<P>,
                    "iqnrl[replay]: the sampler needs `void sample(const iqnrl::sequence& random, std::uint64_t clock, "
                    "std::span<std::size_t> index, std::span<float> weight)`  -> docs/replay.md");
      static_assert(
          detail::sampler_updates<P>,
          "iqnrl[replay]: the sampler needs `void update(std::span<const std::size_t> index, std::span<const float> "
          "sum_mean_abs, std::span<const float> mean_difference)`  -> docs/replay.md");
      static_assert(
          detail::sampler_counts<P>,
          "iqnrl[replay]: the sampler needs `std::size_t size() const` (items that may be drawn)  -> docs/replay.md");
      static_assert(
          detail::sampler_state<P>,
          "iqnrl[replay]: the sampler needs `template <class Visitor> void state(Visitor&)`, which names what it has "
          "to save  -> docs/replay.md");
    }
  }
  return replay_policy<P>;
}

/// The least that satisfies the contract.
struct replay_archetype {
  using axis = iqnrl::axis::replay;
  struct config {
    schedule capacity = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t) {}
    void remove(std::size_t) {}
    void sample(const sequence&, std::uint64_t, std::span<std::size_t>, std::span<float>) {}
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    [[nodiscard]] std::size_t size() const { return 0; }
    template <class Visitor>
    void state(Visitor&) {}
  };
};
static_assert(replay_policy<replay_archetype>);

}  // namespace iqnrl
