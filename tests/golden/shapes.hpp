// Sizes and scalars of the cases at compile time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <golden/folder.hpp>
#include <iqnrl/core/observation.hpp>

namespace golden::shapes {

struct tensor_shape {
  std::string_view name;
  std::size_t rank;
  std::array<std::size_t, highest_rank> extents;
};
struct scalar {
  std::string_view key;
  std::string_view value;
};
struct case_shape {
  std::string_view name;
  std::span<const tensor_shape> tensors;
  std::span<const scalar> scalars;
};

}  // namespace golden::shapes

#include <golden_shapes.hpp>

namespace golden::shapes {

/// The shape of a tensor of a case, without a name where the file or the tensor is missing. By value: with sanitizers
/// g++ 12 does not take the comparison of a pointer with null for a constant.
template <iqnrl::fixed_string Case>
constexpr tensor_shape find(std::string_view tensor) {
  for (const auto& c : cases) {
    if (c.name != Case.view()) continue;
    for (const auto& t : c.tensors) {
      if (t.name == tensor) return t;
    }
  }
  return {{}, 0, {}};
}

/// Whether a case has a tensor.
template <iqnrl::fixed_string Case>
constexpr bool has(std::string_view tensor) {
  return !find<Case>(tensor).name.empty();
}

/// An extent of a tensor of a case, or 1 where the file, the tensor or the axis is missing: the runner compiles for any
/// folder, and says what is missing when it reads the file.
template <iqnrl::fixed_string Case>
constexpr std::size_t extent(std::string_view tensor, std::size_t axis) {
  const tensor_shape t = find<Case>(tensor);
  return axis >= t.rank ? 1 : std::max<std::size_t>(t.extents[axis], 1);
}

/// The last extent of a tensor of a case, under the same rule.
template <iqnrl::fixed_string Case>
constexpr std::size_t last_extent(std::string_view tensor) {
  const std::size_t rank = find<Case>(tensor).rank;
  return rank == 0 ? 1 : extent<Case>(tensor, rank - 1);
}

/// A scalar of a case that is a whole number, or `otherwise` where it is missing or none.
template <iqnrl::fixed_string Case>
constexpr std::size_t whole(std::string_view key, std::size_t otherwise) {
  for (const auto& c : cases) {
    if (c.name != Case.view()) continue;
    for (const auto& s : c.scalars) {
      if (s.key != key || s.value.empty() || s.value.size() > 9) continue;
      std::size_t n = 0;
      for (const char digit : s.value) {
        if (digit < '0' || digit > '9') return otherwise;
        n = 10 * n + static_cast<std::size_t>(digit - '0');
      }
      return n;
    }
  }
  return otherwise;
}

/// Whether a case has a scalar of that text.
template <iqnrl::fixed_string Case>
constexpr bool says(std::string_view key, std::string_view text) {
  for (const auto& c : cases) {
    if (c.name != Case.view()) continue;
    for (const auto& s : c.scalars) {
      if (s.key == key) return s.value == text;
    }
  }
  return false;
}

}  // namespace golden::shapes
