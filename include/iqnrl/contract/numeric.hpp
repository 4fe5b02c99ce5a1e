// The numeric axis: what a network computes in.
#pragma once

#include <concepts>

#include <iqnrl/contract/axis.hpp>

namespace iqnrl {

/// A numeric policy: the type of parameters and activations.
template <class P>
concept numeric_policy = policy_on<P, axis::numeric> &&
    (std::same_as<typename P::type, float> || std::same_as<typename P::type, double>);

/// Says in one sentence what a type lacks to be a numeric policy.
template <class P>
consteval bool check_numeric() {
  static_assert(policy_on<P, axis::numeric>,
                "iqnrl[numeric]: the policy needs `using axis = iqnrl::axis::numeric;` and an aggregate `struct "
                "config`  -> docs/numeric.md");
  static_assert(numeric_policy<P>,
                "iqnrl[numeric]: the policy needs `using type = float;` or double  -> docs/numeric.md");
  return numeric_policy<P>;
}

namespace numeric {
/// Single precision.
struct float32 {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = float;
};
/// Double precision, for checks.
struct float64 {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = double;
};
static_assert(numeric_policy<float32> && numeric_policy<float64>);
}  // namespace numeric

}  // namespace iqnrl
