// Behaviours: epsilon-greedy, noisy layers, Boltzmann, and Gaussian noise on the values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include <iqnrl/contract/explore.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/target/soft_policy.hpp>

namespace iqnrl::explore {

namespace detail {
/// The allowed action of slot s that u in [0, 1) points at, all equally likely.
template <class T>
std::int32_t any_legal(const row<const T, 2>& value, std::size_t s, T u) {
  std::size_t legal = 0;
  for (std::size_t a = 0; a < value.extent(1); ++a) legal += value(s, a) > illegal<T> ? 1 : 0;
  auto left = std::min(static_cast<std::size_t>(u * static_cast<T>(legal)), legal - 1);
  std::size_t a = 0;
  while (value(s, a) <= illegal<T> || left-- > 0) ++a;
  return static_cast<std::int32_t>(a);
}
}  // namespace detail

/// With probability epsilon any allowed action, otherwise the best one; one coin for the whole block of actions.
struct epsilon_greedy {
  using axis = iqnrl::axis::explore;
  struct config {
    schedule epsilon = schedule::linear({{0, 1.0}, {10'000, 0.01}});  ///< by environment step, in [0, 1]

    template <class V>
    void describe(V& v) const {
      v("epsilon", epsilon);
    }
  };

  explicit epsilon_greedy(const config& c) : cfg(c) { cfg.epsilon.require_within(0, 1, "explore.epsilon"); }

  [[nodiscard]] static std::size_t randoms(std::size_t slots, std::size_t) { return 1 + slots; }

  struct rule {
    double epsilon;
    template <class T>
    void operator()(const row<const T, 2>& value, const row<const T, 1>& u, const row<std::int32_t, 1>& action) const {
      const bool random = u[0] < static_cast<T>(epsilon);
      for (std::size_t s = 0; s < action.size(); ++s) {
        action[s] = random ? detail::any_legal(value, s, u[1 + s]) : greedy::rule::best(value, s);
      }
    }
  };
  [[nodiscard]] rule at(std::uint64_t step) const { return {cfg.epsilon(step)}; }

  config cfg;
};

/// The best action of a network whose layers are noisy (Fortunato et al. 2018), with fresh noise for every act; and,
/// until epsilon ends, any allowed action with that probability.
struct noisy {
  using axis = iqnrl::axis::explore;
  static constexpr bool noise = true;
  struct config {
    schedule epsilon = 0.0;                                                  ///< by environment step, in [0, 1]
    std::uint64_t epsilon_ends = std::numeric_limits<std::uint64_t>::max();  ///< from this step on it is 0

    template <class V>
    void describe(V& v) const {
      v("epsilon", epsilon);
      v("epsilon_ends", epsilon_ends);
    }
  };

  explicit noisy(const config& c) : ends_(c.epsilon_ends), random_({c.epsilon}) {}

  [[nodiscard]] static std::size_t randoms(std::size_t slots, std::size_t actions) {
    return epsilon_greedy::randoms(slots, actions);
  }
  [[nodiscard]] epsilon_greedy::rule at(std::uint64_t step) const {
    return step < ends_ ? random_.at(step) : epsilon_greedy::rule{0};
  }

 private:
  std::uint64_t ends_;
  epsilon_greedy random_;
};

/// Each slot's action is drawn from softmax(value / temperature).
struct boltzmann {
  using axis = iqnrl::axis::explore;
  struct config {
    schedule temperature = 1.0;  ///< by environment step, positive

    template <class V>
    void describe(V& v) const {
      v("temperature", temperature);
    }
  };

  explicit boltzmann(const config& c) : cfg(c) { cfg.temperature.require_within(1e-12, 1e12, "explore.temperature"); }

  [[nodiscard]] static std::size_t randoms(std::size_t slots, std::size_t) { return slots; }

  struct rule {
    double temperature;
    template <class T>
    void operator()(const row<const T, 2>& value, const row<const T, 1>& u, const row<std::int32_t, 1>& action) const {
      for (std::size_t s = 0; s < action.size(); ++s) {
        const soft_policy<T> pi(value, s, static_cast<T>(temperature));
        std::int32_t chosen = greedy::rule::best(value, s);
        T sum = 0;
        for (std::size_t a = 0; a < value.extent(1); ++a) {
          sum += pi.probability(a);
          if (pi.legal(a) && u[s] < sum) {
            chosen = static_cast<std::int32_t>(a);
            break;
          }
        }
        action[s] = chosen;
      }
    }
  };
  [[nodiscard]] rule at(std::uint64_t step) const { return {cfg.temperature(step)}; }

  config cfg;
};

/// Linesight's and rulka's behaviour: with probability epsilon any allowed action; with probability `noisy` the best
/// action after Gaussian noise of deviation `scale` is added to every value; otherwise the best one. One coin for the
/// block.
struct gaussian {
  using axis = iqnrl::axis::explore;
  struct config {
    schedule epsilon = schedule::geometric({{0, 1.0}, {50'000, 1.0}, {300'000, 0.1}, {3'000'000, 0.03}});
    schedule noisy = schedule::geometric({{0, 0.15}, {3'000'000, 0.03}});
    double scale = 0.01;  ///< in units of value

    template <class V>
    void describe(V& v) const {
      v("epsilon", epsilon);
      v("noisy", noisy);
      v("scale", scale);
    }
  };

  explicit gaussian(const config& c) : cfg(c) {
    cfg.epsilon.require_within(0, 1, "explore.epsilon");
    cfg.noisy.require_within(0, 1, "explore.noisy");
    require<config_error>(is_finite(cfg.scale) && cfg.scale >= 0,
                          "explore.scale is {}; give a number that is at least 0", cfg.scale);
  }

  [[nodiscard]] static std::size_t randoms(std::size_t slots, std::size_t actions) {
    return 1 + slots + 2 * slots * actions;
  }

  struct rule {
    double epsilon;
    double noisy;
    double scale;
    template <class T>
    void operator()(const row<const T, 2>& value, const row<const T, 1>& u, const row<std::int32_t, 1>& action) const {
      const bool random = u[0] < static_cast<T>(epsilon);
      const bool noise = !random && u[0] < static_cast<T>(epsilon + noisy);
      const T* pairs = u.data() + 1 + action.size();
      for (std::size_t s = 0; s < action.size(); ++s) {
        if (random) {
          action[s] = detail::any_legal(value, s, u[1 + s]);
          continue;
        }
        action[s] = greedy::rule::best(value, s);
        if (!noise) continue;
        T most = illegal<T>;
        for (std::size_t a = 0; a < value.extent(1); ++a) {
          if (value(s, a) <= illegal<T>) continue;
          const T* pair = pairs + 2 * (s * value.extent(1) + a);
          const T normal =
              std::sqrt(T(-2) * std::log(T(1) - pair[0])) * std::cos(T(2) * std::numbers::pi_v<T> * pair[1]);
          const T noised = value(s, a) + static_cast<T>(scale) * normal;
          if (noised > most) {
            most = noised;
            action[s] = static_cast<std::int32_t>(a);
          }
        }
      }
    }
  };
  [[nodiscard]] rule at(std::uint64_t step) const { return {cfg.epsilon(step), cfg.noisy(step), cfg.scale}; }

  config cfg;
};

}  // namespace iqnrl::explore
