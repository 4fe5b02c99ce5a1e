// The exceptions that iqnrl throws. Every message names the value, the limit and the cure.
#pragma once

#ifndef __cpp_exceptions
#error iqnrl: this file is compiled without exceptions, by which iqnrl refuses what is wrong; write -fexceptions
#endif

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace iqnrl {

/// Base of everything iqnrl throws on purpose.
struct error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A number in a config is outside its range, or two numbers contradict each other.
struct config_error : error {
  using error::error;
};

/// An extent, a count or an index does not fit what the call needs.
struct shape_error : error {
  using error::error;
};

/// A request for memory that this machine cannot meet.
struct memory_error : error {
  using error::error;
};

/// A file is missing, cannot be written, is damaged, or belongs to another network.
struct file_error : error {
  using error::error;
};

/// A NaN or an infinity where a finite number must stand.
struct numeric_error : error {
  using error::error;
};

/// Throws `Error` with a formatted message unless `condition` holds.
template <class Error, class... Args>
constexpr void require(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) throw Error(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace iqnrl
