// The axes of an agent, and what makes a type a policy on one of them.
#pragma once

#include <concepts>
#include <type_traits>

namespace iqnrl {

/// The tag of each axis. A policy names its own: `using axis = iqnrl::axis::target;`.
namespace axis {
struct backend {};
struct numeric {};
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

}  // namespace iqnrl
