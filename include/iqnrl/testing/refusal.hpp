// What an error says.
#pragma once

#include <string>
#include <string_view>

namespace iqnrl::testing {

/// The text of the `Error` that f throws; empty where it throws nothing.
template <class Error, class F>
[[nodiscard]] std::string refusal(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

[[nodiscard]] inline bool says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

}  // namespace iqnrl::testing
