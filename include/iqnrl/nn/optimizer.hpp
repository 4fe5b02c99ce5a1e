// Optimizers, as in torch.optim.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/contract/optimizer.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/schedule.hpp>

namespace iqnrl::optimizer {

/// The numbers of Adam and its kin.
struct adam_config {
  schedule rate = 1e-3;  ///< by environment step
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;    ///< outside the root
  double weight_decay = 0;  ///< Adam, RAdam: added to the gradient; AdamW: p *= 1 - rate * weight_decay

  template <class V>
  void describe(V& v) const {
    v("rate", rate);
    v("beta1", beta1);
    v("beta2", beta2);
    v("epsilon", epsilon);
    v("weight_decay", weight_decay);
  }
};

namespace detail {

/// What Adam and its kin share.
class adam_like {
 public:
  static constexpr std::array<std::string_view, 2> moments{"m", "v"};
  using config = adam_config;

  explicit adam_like(const config& c) : config_(c) {
    c.rate.require_within(0, 1e3, "optimizer.rate");
    require<config_error>(is_finite(c.beta1) && c.beta1 >= 0 && c.beta1 < 1,
                          "optimizer.beta1 is {}; give a number in [0, 1)", c.beta1);
    require<config_error>(is_finite(c.beta2) && c.beta2 >= 0 && c.beta2 < 1,
                          "optimizer.beta2 is {}; give a number in [0, 1)", c.beta2);
    require<config_error>(is_finite(c.epsilon) && c.epsilon >= 0 && c.epsilon < 1e9,
                          "optimizer.epsilon is {}; give a number that is at least 0", c.epsilon);
    require<config_error>(is_finite(c.weight_decay) && c.weight_decay >= 0 && c.weight_decay < 1e9,
                          "optimizer.weight_decay is {}; give a number that is at least 0", c.weight_decay);
  }

  [[nodiscard]] double rate(std::uint64_t step) const { return config_.rate(step); }

 protected:
  config config_;
};

}  // namespace detail

/// Adam (Kingma and Ba 2014): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
/// p -= rate m / (1 - b1^t) / (sqrt(v) / sqrt(1 - b2^t) + epsilon).
struct adam : detail::adam_like {
  using axis = iqnrl::axis::optimizer;
  using adam_like::adam_like;

  struct rule {
    double beta1, beta2, step, root_correction, epsilon, l2, keep;
    template <class T>
    void operator()(T& p, T g, T& m, T& v) const {
      g += static_cast<T>(l2) * p;
      m = static_cast<T>(beta1) * m + static_cast<T>(1 - beta1) * g;
      v = static_cast<T>(beta2) * v + static_cast<T>(1 - beta2) * g * g;
      p = static_cast<T>(keep) * p -
          static_cast<T>(step) * m / (std::sqrt(v) * static_cast<T>(root_correction) + static_cast<T>(epsilon));
    }
  };

  [[nodiscard]] rule at(std::uint64_t update, double rate) const { return at(update, rate, config_.weight_decay, 1.0); }

 protected:
  [[nodiscard]] rule at(std::uint64_t update, double rate, double l2, double keep) const {
    const auto t = static_cast<double>(update);
    return {config_.beta1,
            config_.beta2,
            rate / (1 - std::pow(config_.beta1, t)),
            1 / std::sqrt(1 - std::pow(config_.beta2, t)),
            config_.epsilon,
            l2,
            keep};
  }
};

/// AdamW (Loshchilov and Hutter 2017): Adam with p *= 1 - rate * weight_decay instead of a decay in the gradient.
struct adamw : adam {
  using adam::adam;
  [[nodiscard]] rule at(std::uint64_t update, double rate) const {
    return adam::at(update, rate, 0.0, 1 - rate * config_.weight_decay);
  }
};

/// RAdam (Liu et al. 2019): Adam whose step is rectified by the variance of 1 / sqrt(v), and not adapted at all while
/// that is unknown (rho <= 5). As in torch.optim, epsilon is added to sqrt(v) before the bias correction.
struct radam : detail::adam_like {
  using axis = iqnrl::axis::optimizer;
  struct config : adam_config {
    double decoupled_decay = 0;  ///< after the step, p *= 1 - rate * decoupled_decay, as linesight and rulka do by hand

    template <class V>
    void describe(V& v) const {
      adam_config::describe(v);
      v("decoupled_decay", decoupled_decay);
    }
  };
  explicit radam(const config& c) : adam_like(c), decoupled_(c.decoupled_decay) {
    require<config_error>(is_finite(decoupled_) && decoupled_ >= 0 && decoupled_ < 1e9,
                          "optimizer.decoupled_decay is {}; give a number that is at least 0", decoupled_);
  }

  struct rule {
    double beta1, beta2, step, epsilon, l2, keep;
    bool adapt;
    template <class T>
    void operator()(T& p, T g, T& m, T& v) const {
      g += static_cast<T>(l2) * p;
      m = static_cast<T>(beta1) * m + static_cast<T>(1 - beta1) * g;
      v = static_cast<T>(beta2) * v + static_cast<T>(1 - beta2) * g * g;
      const T divisor = adapt ? std::sqrt(v) + static_cast<T>(epsilon) : T(1);
      p = (p - static_cast<T>(step) * m / divisor) * static_cast<T>(keep);
    }
  };

  [[nodiscard]] rule at(std::uint64_t update, double rate) const {
    const auto t = static_cast<double>(update);
    const double power = std::pow(config_.beta2, t);
    const double limit = 2 / (1 - config_.beta2) - 1;
    const double rho = limit - 2 * t * power / (1 - power);
    const bool adapt = rho > 5;
    double step = rate / (1 - std::pow(config_.beta1, t));
    if (adapt)
      step *= std::sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) * std::sqrt(1 - power);
    return {config_.beta1, config_.beta2, step, config_.epsilon, config_.weight_decay, 1 - rate * decoupled_, adapt};
  }

 private:
  double decoupled_;
};

/// Centred RMSProp (Graves 2013): s = a s + (1 - a) g^2, m = a m + (1 - a) g, p -= rate g / (sqrt(s - m^2) + epsilon).
struct rmsprop {
  using axis = iqnrl::axis::optimizer;
  static constexpr std::array<std::string_view, 2> moments{"mean", "square"};
  struct config {
    schedule rate = 2.5e-4;  ///< by environment step
    double decay = 0.95;     ///< a
    double epsilon = 1e-5;   ///< outside the root

    template <class V>
    void describe(V& v) const {
      v("rate", rate);
      v("decay", decay);
      v("epsilon", epsilon);
    }
  };

  explicit rmsprop(const config& c) : config_(c) {
    c.rate.require_within(0, 1e3, "optimizer.rate");
    require<config_error>(is_finite(c.decay) && c.decay >= 0 && c.decay < 1,
                          "optimizer.decay is {}; give a number in [0, 1)", c.decay);
    require<config_error>(is_finite(c.epsilon) && c.epsilon > 0 && c.epsilon < 1e9,
                          "optimizer.epsilon is {}; give a positive number", c.epsilon);
  }

  [[nodiscard]] double rate(std::uint64_t step) const { return config_.rate(step); }

  struct rule {
    double decay, epsilon, rate;
    template <class T>
    void operator()(T& p, T g, T& mean, T& square) const {
      square = static_cast<T>(decay) * square + static_cast<T>(1 - decay) * g * g;
      mean = static_cast<T>(decay) * mean + static_cast<T>(1 - decay) * g;
      const T variance = square - mean * mean;
      p -= static_cast<T>(rate) * g / (std::sqrt(variance > T(0) ? variance : T(0)) + static_cast<T>(epsilon));
    }
  };
  [[nodiscard]] rule at(std::uint64_t, double rate) const { return {config_.decay, config_.epsilon, rate}; }

 private:
  config config_;
};

/// g *= min(1, max_norm / (|g| + 1e-6)), the factor for a joint 2-norm |g|.
[[nodiscard]] inline double clip_factor(double norm, double max_norm) {
  return std::min(1.0, max_norm / (norm + 1e-6));
}

}  // namespace iqnrl::optimizer
