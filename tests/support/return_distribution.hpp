// A discrete distribution of returns, exactly: atoms, quantiles, and how far learned quantiles are from it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <iqnrl/core/error.hpp>

namespace known {

/// A value that a return takes, and how probable it is.
struct atom {
  double value = 0;
  double probability = 0;
};

/// A distribution with finitely many atoms.
class return_distribution {
 public:
  return_distribution() = default;

  /// From atoms in any order; those closer to each other than rounding can tell become one, those of probability 0 go.
  /// Throws config_error unless the probabilities are not negative and sum to 1.
  explicit return_distribution(std::vector<atom> atoms) {
    std::sort(atoms.begin(), atoms.end(), [](const atom& a, const atom& b) { return a.value < b.value; });
    double sum = 0;
    for (const atom& a : atoms) {
      iqnrl::require<iqnrl::config_error>(a.probability >= 0, "the probability of {} is {}; give a number from 0 to 1",
                                          a.value, a.probability);
      sum += a.probability;
      if (a.probability <= 0) continue;
      if (!atoms_.empty() && a.value - atoms_.back().value < 1e-12) {
        atoms_.back().probability += a.probability;
      } else {
        atoms_.push_back(a);
      }
    }
    iqnrl::require<iqnrl::config_error>(std::abs(sum - 1) < 1e-9, "probabilities sum to {}; make them sum to 1", sum);
  }

  [[nodiscard]] std::span<const atom> atoms() const { return atoms_; }

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const atom& a : atoms_) sum += a.probability * a.value;
    return sum;
  }

  /// The largest atom minus the smallest.
  [[nodiscard]] double range() const { return atoms_.back().value - atoms_.front().value; }

  /// The smallest z with P(Z <= z) >= tau.
  [[nodiscard]] double quantile(double tau) const {
    double cumulative = 0;
    for (const atom& a : atoms_) {
      cumulative += a.probability;
      if (cumulative >= tau) return a.value;
    }
    return atoms_.back().value;
  }

  /// The Wasserstein-1 distance, the integral over tau of |F^-1(tau) - G^-1(tau)|, to N quantiles at the midpoints
  /// (i + 1/2) / N, each of which stands for its interval [i / N, (i + 1) / N]. Exact, by the common refinement of both
  /// staircases. Quantiles that cross are not sorted first, so crossing counts as an error.
  [[nodiscard]] double wasserstein_1(std::span<const double> quantiles) const {
    const auto count = static_cast<double>(quantiles.size());
    double distance = 0;
    double at = 0;
    double cumulative = atoms_.front().probability;
    std::size_t k = 0;
    for (std::size_t i = 0; i < quantiles.size(); ++i) {
      const double end = static_cast<double>(i + 1) / count;
      while (cumulative < end && k + 1 < atoms_.size()) {
        distance += (cumulative - at) * std::abs(quantiles[i] - atoms_[k].value);
        at = cumulative;
        cumulative += atoms_[++k].probability;
      }
      distance += (end - at) * std::abs(quantiles[i] - atoms_[k].value);
      at = end;
    }
    return distance;
  }

 private:
  std::vector<atom> atoms_;
};

}  // namespace known
