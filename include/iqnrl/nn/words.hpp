// What layers say of themselves.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include <iqnrl/core/image.hpp>

namespace iqnrl::nn::detail {

/// `3x3`, `4x4 / 2`, `3x3 / 2 + 1`: size, stride unless 1, padding unless 0.
[[nodiscard]] inline std::string in_words(const window& w) {
  const auto pair = [](std::size_t a, std::size_t b) {
    return a == b ? fmt::format("{}", a) : fmt::format("{}x{}", a, b);
  };
  std::string text = fmt::format("{}x{}", w.height, w.width);
  if (w.stride_height > 1 || w.stride_width > 1) text += " / " + pair(w.stride_height, w.stride_width);
  if (w.padding_height > 0 || w.padding_width > 0) text += " + " + pair(w.padding_height, w.padding_width);
  return text;
}

/// The name of an activation; nothing where a user's own has none.
template <class Activation>
[[nodiscard]] constexpr std::string_view name_of() {
  if constexpr (requires { std::string_view(Activation::name); }) {
    return Activation::name;
  } else {
    return {};
  }
}

/// A layer, the name of its weights and that of its activation, where they have one.
template <class Weight, class Activation>
[[nodiscard]] std::string in_words(std::string text) {
  const auto append = [&](std::string_view name) {
    if (!name.empty()) text += fmt::format(", {}", name);
  };
  if constexpr (requires { std::string_view(Weight::name); }) append(Weight::name);
  if (const std::string_view name = name_of<Activation>(); name != "identity") append(name);
  return text;
}

}  // namespace iqnrl::nn::detail
