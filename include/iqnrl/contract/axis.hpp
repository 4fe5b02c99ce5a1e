// The axes of an agent, and what makes a type a policy on one of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace iqnrl {

/// The tag of each axis. A policy names its own: `using axis = iqnrl::axis::target;`.
namespace axis {
struct backend {};
struct numeric {};
struct augment {};
struct encoder {};
struct fractions {};
struct conditioning {};
struct head {};
struct loss {};
struct target {};
struct replay {};
struct collate {};
struct explore {};
struct optimizer {};
struct sync {};
}  // namespace axis

/// A policy: it names its axis and owns its numbers in an aggregate `config`, empty where it has none.
template <class P>
concept policy = requires {
  typename P::axis;
  typename P::config;
}
&&std::is_aggregate_v<typename P::config>;

/// A policy on one axis.
template <class P, class Axis>
concept policy_on = policy<P> && std::same_as<typename P::axis, Axis>;

/// A policy that is made from its config: by a constructor that checks it, or as an aggregate whose first member it is.
template <class P>
concept made_from_config = requires(const typename P::config& c) {
  P{c};
};

namespace detail {

template <class Axis, class... Policies>
inline constexpr std::size_t times = (std::size_t{0} + ... + (policy_on<Policies, Axis> ? 1 : 0));

template <class Axis, class... Axes>
concept one_of = (std::same_as<Axis, Axes> || ...);
template <class Axis>
concept known_axis = one_of<Axis, axis::backend, axis::numeric, axis::augment, axis::encoder, axis::fractions,
                            axis::conditioning, axis::head, axis::loss, axis::target, axis::replay, axis::collate,
                            axis::explore, axis::optimizer, axis::sync>;

template <class P>
consteval bool check_is_policy() {
  static_assert(policy<P>,
                "iqnrl: a template argument of agent<...> is not a policy: it needs `using axis = iqnrl::axis::...` "
                "and an aggregate `struct config`  -> docs/agent.md");
  if constexpr (policy<P>) {
    static_assert(known_axis<typename P::axis>,
                  "iqnrl: a template argument of agent<...> is on no axis of an agent; its `axis` is one of those in "
                  "iqnrl/contract/axis.hpp  -> docs/agent.md");
  }
  return true;
}

template <class... Ps>
consteval bool check_no_twins() {
  static_assert(times<axis::backend, Ps...> <= 1, "iqnrl: agent<...> was given two backends; give one");
  static_assert(times<axis::numeric, Ps...> <= 1, "iqnrl: agent<...> was given two numeric policies; give one");
  static_assert(times<axis::augment, Ps...> <= 1, "iqnrl: agent<...> was given two augmentations; give one");
  static_assert(times<axis::encoder, Ps...> <= 1, "iqnrl: agent<...> was given two encoders; give one");
  static_assert(times<axis::fractions, Ps...> <= 1, "iqnrl: agent<...> was given two fraction policies; give one");
  static_assert(times<axis::conditioning, Ps...> <= 1, "iqnrl: agent<...> was given two conditionings; give one");
  static_assert(times<axis::head, Ps...> <= 1, "iqnrl: agent<...> was given two heads; give one");
  static_assert(times<axis::loss, Ps...> <= 1, "iqnrl: agent<...> was given two losses; give one");
  static_assert(times<axis::target, Ps...> <= 1, "iqnrl: agent<...> was given two target rules; give one");
  static_assert(times<axis::replay, Ps...> <= 1, "iqnrl: agent<...> was given two replays; give one");
  static_assert(times<axis::collate, Ps...> <= 1, "iqnrl: agent<...> was given two collates; give one");
  static_assert(times<axis::explore, Ps...> <= 1, "iqnrl: agent<...> was given two behaviours; give one");
  static_assert(times<axis::optimizer, Ps...> <= 1, "iqnrl: agent<...> was given two optimizers; give one");
  static_assert(times<axis::sync, Ps...> <= 1,
                "iqnrl: agent<...> was given two rules for the target network; give one");
  return true;
}

}  // namespace detail

}  // namespace iqnrl
