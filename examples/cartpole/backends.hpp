// The backends by their names.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/native.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/core/error.hpp>
#ifdef IQNRL_OWN_XTENSOR
#include <iqnrl/backend/xtensor.hpp>
#endif

namespace example {

/// The backends that this tree is built with, the default first.
inline const std::vector<std::string> backends{
    "native",
    "eigen",
    "reference",
#ifdef IQNRL_OWN_XTENSOR
    "xtensor",
#endif
};

/// Calls `f(std::type_identity<Backend>{})` with the backend of a name.
template <class F>
decltype(auto) with_backend(std::string_view name, F&& f) {
#ifdef IQNRL_OWN_XTENSOR
  if (name == "xtensor") return f(std::type_identity<iqnrl::backend::xtensor>{});
#endif
  if (name == "eigen") return f(std::type_identity<iqnrl::backend::eigen>{});
  if (name == "reference") return f(std::type_identity<iqnrl::backend::reference>{});
  iqnrl::require<iqnrl::config_error>(name == "native", "there is no backend {}; give one of those that --help names",
                                      name);
  return f(std::type_identity<iqnrl::backend::native>{});
}

}  // namespace example
