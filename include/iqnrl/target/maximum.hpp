// Maximising targets: Q-learning's, for blocks of actions the sum over the slots.
#pragma once

#include <cstddef>

#include <iqnrl/contract/target.hpp>

namespace iqnrl::target {

namespace detail {
/// y_j = reward + discount * sum_s z_j(s, a*_s), where `choice` ranks the actions.
template <class T, class Observation>
void bootstrap(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& choice,
               const row<T, 1>& y) {
  for (T& x : y) x = T(0);
  for (std::size_t slot = 0; slot < next.slots(); ++slot) {
    const std::size_t best = choice.best(slot);
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += next.z(j, slot, best);
  }
  for (T& x : y) x = s.reward + s.discount * x;
}
}  // namespace detail

/// Where the action inside a target is chosen from.
enum class draws : std::uint8_t {
  separate,  ///< K fractions of its own (IQN paper, Dopamine)
  shared,    ///< the N' fractions of the values themselves (BTR, rulka)
};

/// y_j = r + discount * z_j(s', a*), a* = argmax_a mean of z(s', a), all from the target network (Dabney et al. 2017,
/// 2018).
template <draws Selection = draws::separate>
struct max {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>,
                                   forward<net::target, at::next, fraction_use::select>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& choice,
                  const row<T, 1>& y) const {
    detail::bootstrap(s, next, choice, y);
  }
};

/// The same with the action chosen by the fractions of the values.
template <>
struct max<draws::shared> {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const row<T, 1>& y) const {
    detail::bootstrap(s, next, next, y);
  }
};

/// y_j = r + discount * sum_s max_a z_j(s', s, a): the maximum of each quantile by itself. Biased upwards, since it
/// mixes the best quantiles of different actions; found in released code, here to be compared with.
struct per_quantile_max {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const row<T, 1>& y) const {
    for (std::size_t j = 0; j < y.size(); ++j) {
      T sum = 0;
      for (std::size_t slot = 0; slot < next.slots(); ++slot) {
        T best = illegal<T>;
        for (std::size_t a = 0; a < next.actions(); ++a) {
          if (next.legal(slot, a) && next.z(j, slot, a) > best) best = next.z(j, slot, a);
        }
        sum += best;
      }
      y[j] = s.reward + s.discount * sum;
    }
  }
};

/// Double DQN (van Hasselt et al. 2016): y_j = r + discount * z_j(s', a*) of the target network, a* = argmax_a of the
/// online network's mean over K fractions.
struct double_dqn {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>,
                                   forward<net::online, at::next, fraction_use::select>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>& online,
                  const row<T, 1>& y) const {
    detail::bootstrap(s, next, online, y);
  }
};

}  // namespace iqnrl::target
