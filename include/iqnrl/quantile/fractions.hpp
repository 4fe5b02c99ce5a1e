// Quantile fractions: drawn or fixed.
#pragma once

#include <cstddef>
#include <utility>

#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/core/error.hpp>

namespace iqnrl::fractions {

/// How many fractions are drawn for what.
struct counts {
  std::size_t online = 64;  ///< N, of the loss's forward
  std::size_t target = 64;  ///< N', of the target's values
  std::size_t select = 32;  ///< K, for the choice of an action inside a target
  std::size_t act = 32;     ///< K, for acting

  template <class V>
  void describe(V& v) const {
    v("online", online);
    v("target", target);
    v("select", select);
    v("act", act);
  }
};

namespace detail {

/// What the policies with drawn fractions share: the counts, each at least 1.
class drawn {
 public:
  static constexpr std::size_t fixed = 0;
  static constexpr std::size_t most = 65'536;  ///< of one kind; far above what any published agent draws

  explicit drawn(const counts& c) : counts_(c) {
    for (const auto& [value, name] : {std::pair{c.online, "online"}, std::pair{c.target, "target"},
                                      std::pair{c.select, "select"}, std::pair{c.act, "act"}}) {
      require<config_error>(value >= 1 && value <= most,
                            "fractions.{} is {}; draw at least one fraction, and at most {}", name, value, most);
    }
  }

  [[nodiscard]] std::size_t count(fraction_use use) const {
    switch (use) {
      case fraction_use::online:
        return counts_.online;
      case fraction_use::target:
        return counts_.target;
      case fraction_use::select:
        return counts_.select;
      case fraction_use::act:
        return counts_.act;
    }
    return 0;
  }

 private:
  counts counts_;
};

}  // namespace detail

/// Independent draws tau_k ~ U(0, 1) (Dabney et al. 2018, IQN).
struct uniform : detail::drawn {
  using axis = iqnrl::axis::fractions;
  using config = counts;
  using drawn::drawn;
  [[nodiscard]] std::size_t randoms(std::size_t count) const { return count; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>& u) const {
    for (std::size_t k = 0; k < tau.size(); ++k) tau[k] = u[k];
  }
};

/// One draw in each of N equal intervals: tau_k = (k + u_k) / N.
struct stratified : detail::drawn {
  using axis = iqnrl::axis::fractions;
  using config = counts;
  using drawn::drawn;
  [[nodiscard]] std::size_t randoms(std::size_t count) const { return count; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>& u) const {
    const auto n = static_cast<T>(tau.size());
    for (std::size_t k = 0; k < tau.size(); ++k) tau[k] = (static_cast<T>(k) + u[k]) / n;
  }
};

/// Stratified over the lower half and mirrored to the upper, as linesight and rulka draw them: tau_j = (j + u_j) / N
/// for j < N/2, then 1 - tau_j in the same order. Counts are even.
struct mirrored : detail::drawn {
  using axis = iqnrl::axis::fractions;
  using config = counts;
  explicit mirrored(const config& c) : drawn(c) {
    for (const auto& [value, name] : {std::pair{c.online, "online"}, std::pair{c.target, "target"},
                                      std::pair{c.select, "select"}, std::pair{c.act, "act"}}) {
      require<config_error>(value % 2 == 0, "fractions.{} is {}; mirrored fractions come in pairs, so make it even",
                            name, value);
    }
  }
  [[nodiscard]] std::size_t randoms(std::size_t count) const { return count / 2; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>& u) const {
    const std::size_t half = tau.size() / 2;
    const auto n = static_cast<T>(tau.size());
    for (std::size_t j = 0; j < half; ++j) {
      tau[j] = (static_cast<T>(j) + u[j]) / n;
      tau[half + j] = T(1) - tau[j];
    }
  }
};

/// The fixed grid of Count midpoints, tau_k = (k + 1/2) / Count, for every use (Dabney et al. 2017, QR-DQN).
template <std::size_t Count>
struct midpoints {
  static_assert(Count > 0, "iqnrl[fractions]: midpoints<N> needs at least one quantile");
  using axis = iqnrl::axis::fractions;
  struct config {};
  static constexpr std::size_t fixed = Count;
  explicit midpoints(const config&) {}
  [[nodiscard]] std::size_t count(fraction_use) const { return Count; }
  [[nodiscard]] std::size_t randoms(std::size_t) const { return 0; }
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>&) const {
    for (std::size_t k = 0; k < Count; ++k) tau[k] = (static_cast<T>(k) + T(0.5)) / static_cast<T>(Count);
  }
};

}  // namespace iqnrl::fractions
