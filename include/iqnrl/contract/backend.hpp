// The backend axis: who runs the primitives.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include <iqnrl/backend/reference.hpp>
#include <iqnrl/contract/axis.hpp>

namespace iqnrl {

namespace detail {
template <class P>
concept backend_named = requires {
  { P::name } -> std::convertible_to<std::string_view>;
  typename P::scope;
};
}  // namespace detail

/// A backend: it derives from `backend::reference`, which is complete, and overrides what it does better.
template <class P>
concept backend_policy = policy_on<P, axis::backend> && std::derived_from<P, backend::reference> &&
    std::default_initializable<P> && std::copyable<P> && detail::backend_named<P>;

/// Says in one sentence what a type lacks to be a backend.
template <class P>
consteval bool check_backend() {
  static_assert(policy_on<P, axis::backend>,
                "iqnrl[backend]: the backend needs `using axis = iqnrl::axis::backend;` and an aggregate `struct "
                "config`  -> docs/backend.md");
  static_assert(std::derived_from<P, backend::reference>,
                "iqnrl[backend]: the backend must derive from iqnrl::backend::reference (or from one that does), whose "
                "primitives it overrides  -> docs/backend.md");
  static_assert(std::default_initializable<P> && std::copyable<P>,
                "iqnrl[backend]: the backend must be default constructible and copyable  -> docs/backend.md");
  return backend_policy<P>;
}

}  // namespace iqnrl
