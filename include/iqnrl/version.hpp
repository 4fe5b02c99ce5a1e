// The version of iqnrl. CMake checks that it is the project's.
#pragma once

#include <compare>

#define IQNRL_VERSION_MAJOR 0
#define IQNRL_VERSION_MINOR 1
#define IQNRL_VERSION_PATCH 0

namespace iqnrl {

/// A version by semantic versioning: while `major` is 0, a new `minor` may break what compiled before.
struct version_number {
  int major;
  int minor;
  int patch;
  friend constexpr auto operator<=>(const version_number&, const version_number&) = default;
};

/// The version of these headers; the macros say the same to the preprocessor.
inline constexpr version_number version{IQNRL_VERSION_MAJOR, IQNRL_VERSION_MINOR, IQNRL_VERSION_PATCH};

}  // namespace iqnrl
