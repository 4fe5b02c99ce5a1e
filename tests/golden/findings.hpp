// What a run of a case found: each tensor's error against its bound.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <iqnrl/io/safetensors.hpp>

namespace golden {

/// The largest error that still counts as reproduced, by the type that the library computed in.
struct bounds {
  double in_double = 1e-11;
  double in_float = 5e-6;
  double stored_as_float = 1e-6;  ///< in double, where the file holds F32
  bool absolute_in_float = false;
};
inline constexpr bounds exact{0, 0, 0};

/// The outcome of one run of one case.
class findings {
 public:
  /// Compares by max|a - b| / (max|b| + 0.01), or max|a - b|; a NaN counts as an infinite error.
  void compare(std::string_view tensor, std::span<const double> found, std::span<const double> expected, double bound,
               bool absolute) {
    seen_.emplace(tensor);
    if (found.size() != expected.size()) {
      fail(fmt::format("{} has {} elements and {} were computed", tensor, expected.size(), found.size()));
      return;
    }
    double difference = 0;
    double largest = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double d = std::abs(found[i] - expected[i]);
      if (!(d <= difference)) difference = std::isnan(d) ? HUGE_VAL : d;
      largest = std::max(largest, std::abs(expected[i]));
    }
    record(tensor, absolute ? difference : difference / (largest + 0.01), bound);
  }

  /// The same for integers, which must be equal; the error is the number of those that are not.
  template <class I>
  void compare_equal(std::string_view tensor, std::span<const I> found, std::span<const I> expected) {
    seen_.emplace(tensor);
    if (found.size() != expected.size()) {
      fail(fmt::format("{} has {} elements and {} were computed", tensor, expected.size(), found.size()));
      return;
    }
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < found.size(); ++i) wrong += found[i] == expected[i] ? 0 : 1;
    record(tensor, static_cast<double>(wrong), 0);
  }

  /// Says what is wrong in a sentence. The first one stands.
  void fail(std::string sentence) {
    if (complaint_.empty()) complaint_ = std::move(sentence);
  }

  /// Complains about results and gradients of the file that nothing was compared with.
  void require_all_seen(const iqnrl::io::safetensors& file) {
    for (const auto& t : file.tensors()) {
      const std::string_view name = t.name;
      if ((name.starts_with("out.") || name.starts_with("grad.")) && seen_.count(t.name) == 0) {
        fail(fmt::format("{} was compared with nothing", name));
      }
    }
  }

  [[nodiscard]] bool reproduced() const { return complaint_.empty() && !outside_; }
  /// The largest error of a run that was reproduced.
  [[nodiscard]] double largest_error() const { return largest_error_; }
  /// Why a run was not: tensor, error, bound; or a sentence.
  [[nodiscard]] const std::string& reason() const { return complaint_.empty() ? reason_ : complaint_; }

 private:
  void record(std::string_view tensor, double error, double bound) {
    largest_error_ = std::max(largest_error_, error);
    if (error <= bound) return;
    const double excess = bound > 0 ? error / bound : HUGE_VAL;
    if (outside_ && excess <= largest_excess_) return;
    outside_ = true;
    largest_excess_ = excess;
    reason_ = fmt::format("{}, {:.1e}, {:.1e}", tensor, error, bound);
  }

  std::set<std::string, std::less<>> seen_;
  std::string complaint_;
  std::string reason_;
  double largest_error_ = 0;
  double largest_excess_ = 0;
  bool outside_ = false;
};

}  // namespace golden
