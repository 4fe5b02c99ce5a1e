// Quantile Huber losses.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <iqnrl/contract/loss.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>

namespace iqnrl::loss {

/// Whether a sum or a mean is taken.
enum class reduction : std::uint8_t { sum, mean };
[[nodiscard]] constexpr std::string_view name(reduction r) { return r == reduction::sum ? "sum" : "mean"; }

/// The numbers of a quantile Huber loss.
struct quantile_huber_config {
  double kappa = 1;             ///< where the Huber function turns from quadratic to linear; 0 is the pinball loss
  bool divide_by_kappa = true;  ///< as in the QR-DQN and IQN papers; without effect at kappa 0 and 1
  reduction online = reduction::sum;  ///< over the predicted quantiles; targets are always averaged
  reduction batch = reduction::mean;  ///< over the samples of a batch

  template <class V>
  void describe(V& v) const {
    v("kappa", kappa);
    v("divide_by_kappa", divide_by_kappa);
    v("online", online);
    v("batch", batch);
  }
};

/// The quantile Huber loss (Dabney et al. 2017, 2018). With delta_ij = y_j - z_i and
/// L(d) = d^2 / 2 if |d| <= kappa else kappa (|d| - kappa / 2),
///
///     loss = sum_i sum_j w_j |tau_i - 1{delta_ij < 0}| L(delta_ij) / kappa,     w_j = 1/M unless the target rule says
///     otherwise.
///
/// z, tau [N], y [M]. At kappa 0, L(d) = |d| and nothing is divided. Targets and indicator are constants of
/// differentiation.
class quantile_huber {
 public:
  using axis = iqnrl::axis::loss;
  using config = quantile_huber_config;
  static constexpr bool batch_wide = false;

  explicit quantile_huber(const config& c) : config_(c) {
    require<config_error>(is_finite(c.kappa) && c.kappa >= 0, "loss.kappa is {}; give 0 (pinball) or a positive number",
                          c.kappa);
  }

  /// What each sample's loss is multiplied by: 1 / batch, or 1 where samples are summed.
  [[nodiscard]] double batch_scale(std::size_t batch) const {
    return config_.batch == reduction::mean ? 1.0 / static_cast<double>(batch) : 1.0;
  }

  /// The loss of one sample; writes dz = scale * dloss/dz unless `dz` is empty.
  template <class T, class Weights>
  loss_value<T> operator()(const row<const T, 1>& z, const row<const T, 1>& tau, const row<const T, 1>& y,
                           const Weights& w, T scale, const row<T, 1>& dz) const {
    const auto kappa = static_cast<T>(config_.kappa);
    T norm = config_.divide_by_kappa && config_.kappa > 0 ? T(1) / kappa : T(1);
    if (config_.online == reduction::mean) norm /= static_cast<T>(z.size());
    return kappa > T(0) ? sum<false>(z, tau, y, w, kappa, norm, scale, dz)
                        : sum<true>(z, tau, y, w, kappa, norm, scale, dz);
  }

 private:
  // Predictions are taken in lanes, each with a sum of its own over the targets, so that the compiler can use vectors
  // without changing the order of any sum.
  template <bool Pinball, class T, class Weights>
  static loss_value<T> sum(const row<const T, 1>& z, const row<const T, 1>& tau, const row<const T, 1>& y,
                           const Weights& w, T kappa, T norm, T scale, const row<T, 1>& dz) {
    constexpr std::size_t lanes = 16;
    loss_value<T> total;
    for (std::size_t first = 0; first < z.size(); first += lanes) {
      const std::size_t count = std::min(lanes, z.size() - first);
      std::array<T, lanes> zs{};
      std::array<T, lanes> taus{};
      std::array<T, lanes> losses{};
      std::array<T, lanes> slopes{};
      std::array<T, lanes> absolutes{};
      for (std::size_t k = 0; k < count; ++k) {
        zs[k] = z[first + k];
        taus[k] = tau[first + k];
      }
      for (std::size_t j = 0; j < y.size(); ++j) {
        const T target = y[j];
        const T weight = w[j];
        for (std::size_t k = 0; k < lanes; ++k) {
          const T d = target - zs[k];
          const T a = std::abs(d);
          const T side = weight * (d < T(0) ? T(1) - taus[k] : taus[k]);  // g++ makes no vectors of |tau - 1{d < 0}|
          absolutes[k] += weight * a;
          if constexpr (Pinball) {
            losses[k] += side * a;
            slopes[k] += d > T(0) ? side : d < T(0) ? -side : T(0);
          } else {
            const T c = std::min(std::max(d, -kappa), kappa);
            losses[k] += side * c * (d - T(0.5) * c);
            slopes[k] += side * c;
          }
        }
      }
      for (std::size_t k = 0; k < count; ++k) {
        total.loss += losses[k];
        total.absolute += absolutes[k];
        if (dz.size() > 0) dz[first + k] = -scale * norm * slopes[k];
      }
    }
    total.loss *= norm;
    return total;
  }

  config config_;
};

/// Linesight's and rulka's self-normalised loss: each sample's quantile Huber loss is divided by how far its targets
/// are from each other. With s_b = sqrt(loss(y, y, tau')), running averages m of s and n of c = max(s, m / 4),
///
///     loss = sum_b loss_b n / c_b.
///
/// s, c, m and n are constants of differentiation; m and n are state.
class self_normalised {
 public:
  using axis = iqnrl::axis::loss;
  struct config {
    double kappa = 0.005;
    bool divide_by_kappa = true;
    reduction online = reduction::sum;
    reduction batch = reduction::sum;
    double decay = 0.99;       ///< of the running averages
    double first_mean = 0.01;  ///< where the running averages start

    template <class V>
    void describe(V& v) const {
      v("kappa", kappa);
      v("divide_by_kappa", divide_by_kappa);
      v("online", online);
      v("batch", batch);
      v("decay", decay);
      v("first_mean", first_mean);
    }
  };
  static constexpr bool batch_wide = true;

  explicit self_normalised(const config& c)
      : inner_({c.kappa, c.divide_by_kappa, c.online, c.batch}),
        decay_(c.decay),
        spread_(c.first_mean),
        scale_(c.first_mean) {
    require<config_error>(is_finite(c.decay) && c.decay >= 0 && c.decay < 1,
                          "loss.decay is {}; give a number in [0, 1)", c.decay);
    require<config_error>(is_finite(c.first_mean) && c.first_mean > 0, "loss.first_mean is {}; give a positive number",
                          c.first_mean);
  }

  [[nodiscard]] double batch_scale(std::size_t batch) const { return inner_.batch_scale(batch); }

  template <class T, class Weights>
  loss_value<T> operator()(const row<const T, 1>& z, const row<const T, 1>& tau, const row<const T, 1>& y,
                           const Weights& w, T scale, const row<T, 1>& dz) const {
    return inner_(z, tau, y, w, scale, dz);
  }

  /// s of one sample, from its targets y and their fractions.
  template <class T>
  T statistic(const row<const T, 1>& y, const row<const T, 1>& tau) const {
    return std::sqrt(inner_(y, tau, y, equal_weights<T>{T(1) / static_cast<T>(y.size())}, T(0), row<T, 1>{}).loss);
  }

  /// Advances m and n by a batch of s and writes n / c.
  void reduce(std::span<const double> s, std::span<double> factor) {
    double sum = 0;
    for (const double x : s) sum += x;
    spread_ = decay_ * spread_ + (1 - decay_) * sum / static_cast<double>(s.size());
    sum = 0;
    for (const double x : s) sum += std::max(x, spread_ / 4);
    scale_ = decay_ * scale_ + (1 - decay_) * sum / static_cast<double>(s.size());
    for (std::size_t b = 0; b < s.size(); ++b) factor[b] = scale_ / std::max(s[b], spread_ / 4);
  }

  template <class Visitor>
  void state(Visitor& v) {
    v("spread", spread_);
    v("scale", scale_);
  }

 private:
  quantile_huber inner_;
  double decay_;
  double spread_;
  double scale_;
};

}  // namespace iqnrl::loss
