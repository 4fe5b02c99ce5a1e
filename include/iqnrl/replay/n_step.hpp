// n-step returns, made when a step is drawn, with the discount of that moment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <iqnrl/contract/collate.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/schedule.hpp>

namespace iqnrl::collate {

/// A discounted sum of rewards and what the value after it counts.
struct discounted_sum {
  double reward = 0;      ///< sum_{k < steps} gamma^k r_k
  double discount = 0;    ///< gamma^steps, or 0 where nothing is bootstrapped
  std::size_t steps = 0;  ///< rewards in the sum
};

/// The sum over the first min(steps, length) steps of a window. In double precision, from the first reward on.
template <class Window>
[[nodiscard]] discounted_sum discounted(const Window& window, double gamma, std::size_t steps) {
  discounted_sum out{.reward = 0, .discount = 1, .steps = std::min(steps, window.length())};
  for (std::size_t k = 0; k < out.steps; ++k) {
    out.reward += out.discount * static_cast<double>(window.reward(k));
    out.discount *= gamma;
  }
  if (out.steps == window.length() && !window.has_bootstrap()) out.discount = 0;
  return out;
}

/// Writes what all collates share: the action and observation of step 0, the sum, and the observation `sum.steps` later
/// (after a terminal step that of the last step, which the discount of 0 masks).
template <class Window, class Sample>
void write_sample(const Window& window, const discounted_sum& sum, Sample& out) {
  const auto action = window.action(0);
  std::copy(action.begin(), action.end(), out.action.begin());
  const bool known = sum.steps < window.length() || window.has_bootstrap();
  const std::size_t last = known || sum.steps == 0 ? sum.steps : sum.steps - 1;
  for_each_part<typename Window::observation_type>([&](auto i) {
    window.template copy<i>(0, out.template now<i>());
    window.template copy<i>(last, out.template next<i>());
  });
  out.reward = static_cast<std::remove_reference_t<decltype(out.reward)>>(sum.reward);
  out.discount = static_cast<std::remove_reference_t<decltype(out.discount)>>(sum.discount);
  out.steps = static_cast<std::uint32_t>(sum.steps);
}

/// n-step returns (Sutton and Barto, chapter 7): with m = min(n, steps to the episode's end),
///
///     reward = sum_{k < m} gamma^k r_k      discount = gamma^m, 0 if the episode ended terminal
///
/// and bootstraps from the observation m steps later; after a truncation that is the final observation.
struct n_step {
  using axis = iqnrl::axis::collate;

  struct config {
    std::size_t steps = 1;      ///< n, at least 1
    schedule discount = 0.99F;  ///< gamma in [0, 1], over environment steps

    template <class V>
    void describe(V& v) const {
      v("steps", steps);
      v("discount", discount);
    }
  };

  /// Throws config_error.
  explicit n_step(const config& c) : config_(c) {
    require<config_error>(c.steps >= 1, "collate.steps is 0; an n-step return sums at least 1 reward");
    c.discount.require_within(0, 1, "collate.discount");
  }

  /// Steps that a window must reach ahead.
  [[nodiscard]] std::size_t horizon() const { return config_.steps; }

  /// Writes one sample; `clock` counts environment steps.
  template <class Window, class Sample>
  void operator()(const Window& window, std::uint64_t clock, Sample& out) const {
    write_sample(window, discounted(window, config_.discount(clock), config_.steps), out);
  }

 private:
  config config_;
};
static_assert(collate_policy<n_step>);

}  // namespace iqnrl::collate
