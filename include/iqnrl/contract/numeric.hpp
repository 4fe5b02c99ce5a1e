// The numeric axis: what a network computes in.
#pragma once

#include <concepts>
#include <type_traits>

#include <iqnrl/contract/axis.hpp>

namespace iqnrl {

/// A numeric policy: the type of parameters and activations.
template <class P>
concept numeric_policy = policy_on<P, axis::numeric> &&
    (std::same_as<typename P::type, float> || std::same_as<typename P::type, double>);

namespace detail {
template <class Numeric>
concept rounds_products = requires {
  requires Numeric::bfloat16_products;
};

/// The backend that computes as a numeric policy says.
template <class Backend, class Numeric>
struct backend_in : std::type_identity<Backend> {};
template <class Backend, class Numeric>
requires(rounds_products<Numeric>) struct backend_in<Backend, Numeric> {
  template <class B>
  static auto find() {
    static_assert(
        requires { typename B::in_bfloat16; },
        "iqnrl[numeric]: bfloat16 needs a backend that multiplies in it: give the agent "
        "iqnrl::backend::onednn, of iqnrl/backend/onednn.hpp  -> docs/numeric.md");
    if constexpr (requires { typename B::in_bfloat16; }) {
      return std::type_identity<typename B::in_bfloat16>{};
    } else {
      return std::type_identity<B>{};
    }
  }
  using type = typename decltype(find<Backend>())::type;
};
}  // namespace detail

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
/// Single precision, but products of numbers rounded to bfloat16 (8 bits of mantissa) with sums in single precision,
/// for processors that have them. Parameters, their updates, softmax and loss stay in single precision. For a backend
/// that has them as `in_bfloat16`.
struct bfloat16 {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = float;
  static constexpr bool bfloat16_products = true;
};
/// Double precision, for checks.
struct float64 {
  using axis = iqnrl::axis::numeric;
  struct config {};
  using type = double;
};
static_assert(numeric_policy<float32> && numeric_policy<bfloat16> && numeric_policy<float64>);
}  // namespace numeric

}  // namespace iqnrl
