// Munchausen targets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/soft_policy.hpp>

namespace iqnrl::target {

/// What is clipped to [low, 0] in the Munchausen bonus.
enum class clip : std::uint8_t {
  tau_log_pi,        ///< alpha * clip(t log pi): the paper and BTR
  log_pi,            ///< alpha * t * clip(log pi): rulka; a floor 1/t times smaller
  alpha_tau_log_pi,  ///< clip(alpha * t * log pi)
};

/// The numbers of Munchausen targets.
struct munchausen_config {
  double temperature = 0.03;  ///< t, of the softmax
  double alpha = 0.9;         ///< weight of the bonus, in [0, 1]
  double low = -1;            ///< the clip, at most 0

  template <class V>
  void describe(V& v) const {
    v("temperature", temperature);
    v("alpha", alpha);
    v("low", low);
  }
};

namespace detail {

/// Bonus and soft value, shared by the rules below.
template <clip Clip>
class munchausen_terms {
 public:
  using config = munchausen_config;

  explicit munchausen_terms(const config& c) : config_(c) {
    require<config_error>(is_finite(c.temperature) && c.temperature > 0,
                          "target.temperature is {}; give a positive number", c.temperature);
    require<config_error>(is_finite(c.alpha) && c.alpha >= 0 && c.alpha <= 1,
                          "target.alpha is {}; give a number in [0, 1]", c.alpha);
    require<config_error>(is_finite(c.low) && c.low <= 0,
                          "target.low is {}; the bonus is clipped to [low, 0], so give a number that is at most 0",
                          c.low);
  }

  /// The clipped bonus of the taken block, summed over its slots.
  template <class T, class Observation>
  [[nodiscard]] T bonus(const transition<T, Observation>& s, const distribution<T>& current) const {
    T sum = 0;
    for (std::size_t slot = 0; slot < current.slots(); ++slot) {
      const soft_policy<T> pi(current.value, slot, static_cast<T>(config_.temperature));
      sum += bonus(pi, static_cast<std::size_t>(s.action[slot]));
    }
    return sum;
  }

  /// The bonus of one action.
  template <class T>
  [[nodiscard]] T bonus(const soft_policy<T>& pi, std::size_t action) const {
    const auto alpha = static_cast<T>(config_.alpha);
    const auto low = static_cast<T>(config_.low);
    if constexpr (Clip == clip::tau_log_pi) {
      return alpha * std::clamp(pi.scaled_log(action), low, T(0));
    } else if constexpr (Clip == clip::log_pi) {
      return alpha * static_cast<T>(config_.temperature) * std::clamp(pi.log(action), low, T(0));
    } else {
      return std::clamp(alpha * pi.scaled_log(action), low, T(0));
    }
  }

  /// y_j = r + bonus + discount * sum_s sum_a pi(a|s') (z_j(s', a) - t log pi(a|s')).
  template <class T, class Observation>
  void targets(const transition<T, Observation>& s, T bonus, const distribution<T>& next, const distribution<T>& policy,
               const row<T, 1>& y) const {
    for (T& x : y) x = T(0);
    for (std::size_t slot = 0; slot < next.slots(); ++slot) {
      const soft_policy<T> pi(policy.value, slot, static_cast<T>(config_.temperature));
      for (std::size_t a = 0; a < next.actions(); ++a) {
        if (!pi.legal(a)) continue;
        const T p = pi.probability(a);
        const T entropy = pi.scaled_log(a);
        for (std::size_t j = 0; j < y.size(); ++j) y[j] += p * (next.z(j, slot, a) - entropy);
      }
    }
    for (T& x : y) x = s.reward + bonus + s.discount * x;
  }

 private:
  config config_;
};

template <net LogPi>
using bonus_forward = forward<LogPi, at::current, fraction_use::select>;

}  // namespace detail

/// Munchausen targets (Vieillard et al. 2020): the scaled log-probability of the taken action is added to the reward,
/// and the value of the next state is soft. With pi = softmax(mean z / t),
///
///     y_j = r + alpha clip(t log pi(a|s), low, 0) + discount * sum_a' pi(a'|s') (z_j(s', a') - t log pi(a'|s')).
///
/// `Clip` says what is clipped; `LogPi` which network gives pi(.|s) (the paper: target; BTR's code: online); `Draws`
/// whether the policies have K fractions of their own (the paper) or use those of the values and of the loss's forward
/// (BTR; with LogPi = net::target, pi(.|s) has its own in any case). The bonus enters once for an n-step window, and on
/// terminal steps too.
template <clip Clip = clip::tau_log_pi, net LogPi = net::target, draws Draws = draws::separate>
struct munchausen_with : detail::munchausen_terms<Clip> {
  using axis = iqnrl::axis::target;
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>,
                                   forward<net::target, at::next, fraction_use::select>, detail::bonus_forward<LogPi>>;
  using detail::munchausen_terms<Clip>::munchausen_terms;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& policy,
                  const distribution<T>& current, const row<T, 1>& y) const {
    this->targets(s, this->bonus(s, current), next, policy, y);
  }
};

template <clip Clip, net LogPi>
struct munchausen_with<Clip, LogPi, draws::shared> : detail::munchausen_terms<Clip> {
  using axis = iqnrl::axis::target;
  using current_forward = std::conditional_t<LogPi == net::online, loss_forward, detail::bonus_forward<net::target>>;
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>, current_forward>;
  using detail::munchausen_terms<Clip>::munchausen_terms;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& current,
                  const row<T, 1>& y) const {
    this->targets(s, this->bonus(s, current), next, next, y);
  }
};

/// Munchausen as in the paper.
using munchausen = munchausen_with<>;

}  // namespace iqnrl::target
