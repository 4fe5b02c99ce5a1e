// The softmax policy of a row of values, without overflow.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// pi = softmax(q / t) over the allowed actions of one slot, by t log pi(a) = q_a - t log sum_b exp(q_b / t) with the
/// largest value taken out first. Actions whose value is `illegal` have probability 0.
template <class T>
class soft_policy {
 public:
  soft_policy(const row<const T, 2>& value, std::size_t slot, T temperature)
      : value_(value), slot_(slot), temperature_(temperature) {
    for (std::size_t a = 0; a < value_.extent(1); ++a) most_ = std::max(most_, value_(slot_, a));
    T sum = 0;
    for (std::size_t a = 0; a < value_.extent(1); ++a) {
      if (legal(a)) sum += std::exp((value_(slot_, a) - most_) / temperature_);
    }
    log_sum_ = std::log(sum);
  }

  [[nodiscard]] bool legal(std::size_t a) const { return value_(slot_, a) > illegal<T>; }
  /// t log pi(a), at most 0.
  [[nodiscard]] T scaled_log(std::size_t a) const { return (value_(slot_, a) - most_) - temperature_ * log_sum_; }
  /// log pi(a).
  [[nodiscard]] T log(std::size_t a) const { return (value_(slot_, a) - most_) / temperature_ - log_sum_; }
  /// pi(a).
  [[nodiscard]] T probability(std::size_t a) const { return legal(a) ? std::exp(log(a)) : T(0); }
  /// sum_a pi(a) (q_a - t log pi(a)) = t log sum_a exp(q_a / t).
  [[nodiscard]] T value() const { return most_ + temperature_ * log_sum_; }

 private:
  row<const T, 2> value_;
  std::size_t slot_;
  T temperature_;
  T most_ = illegal<T>;
  T log_sum_ = 0;
};

}  // namespace iqnrl
