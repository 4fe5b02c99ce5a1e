// Targets under a given policy: distributional policy evaluation.
#pragma once

#include <cstddef>

#include <iqnrl/contract/target.hpp>

namespace iqnrl::target {

/// The return distribution of a given policy (Bellemare et al. 2017, policy evaluation): the targets are all of
/// y_ja = r + discount * z_j(s', a) with weight pi(a|s') / N', which together are the mixture that Z(s', A'), A' ~ pi,
/// is.
///
/// `Policy` is default constructible and has `template <class T, class Rows> T operator()(const Rows& next, std::size_t
/// action) const`, the probability of an action; `next` is an observation_row, and T is given explicitly. One slot.
template <class Policy>
struct expected {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>>;
  config cfg;

  [[nodiscard]] static constexpr std::size_t branches(std::size_t /*slots*/, std::size_t actions) { return actions; }

  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const row<T, 1>& y,
                  const row<T, 1>& weight) const {
    const std::size_t actions = next.actions();
    for (std::size_t a = 0; a < actions; ++a) {
      const T share = Policy{}.template operator()<T>(s.next, a) / static_cast<T>(next.count());
      for (std::size_t j = 0; j < next.count(); ++j) {
        y[j * actions + a] = s.reward + s.discount * next.z(j, 0, a);
        weight[j * actions + a] = share;
      }
    }
  }
};

}  // namespace iqnrl::target
