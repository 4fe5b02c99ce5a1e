// Every loss against central differences of its own value, with respect to the predicted quantiles.
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/target/quantile_huber.hpp>
#include <iqnrl/testing/gradient_check.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

template <class T>
row<T, 1> as_row(std::vector<T>& v) {
  return {v.data(), {v.size()}};
}
template <class T>
row<const T, 1> as_row(const std::vector<T>& v) {
  return {v.data(), {v.size()}};
}

/// The relative error of dz, scaled by 0.7, for N predictions and M targets; kinks are at least 1e-3 away.
template <class Loss>
double error_of(const Loss& loss, double kappa, std::size_t n, std::size_t m, bool weighted, std::uint64_t seed) {
  std::vector<double> z = noise<double>(n, seed);
  const std::vector<double> y = noise<double>(m, seed + 1);
  std::vector<double> tau = noise<double>(n, seed + 2);
  for (double& t : tau) t = 0.5 + 0.49 * t;
  for (double& x : z) {
    const auto near_kink = [&] {
      for (const double t : y) {
        const double a = std::abs(t - x);
        if (a < 1e-3 || std::abs(a - kappa) < 1e-3) return true;
      }
      return false;
    };
    while (near_kink()) x += 0.0013;
  }
  std::vector<double> w(m, 1.0 / static_cast<double>(m));
  if (weighted) {
    double sum = 0;
    for (std::size_t j = 0; j < m; ++j) sum += w[j] = 1 + static_cast<double>(j % 3);
    for (double& x : w) x /= sum;
  }
  const auto value = [&](const std::vector<double>& at) {
    return 0.7 * loss(as_row(at), as_row(std::as_const(tau)), as_row(y), std::as_const(w), 0.0, row<double, 1>{}).loss;
  };
  std::vector<double> dz(n, 123.0);
  loss(as_row(std::as_const(z)), as_row(std::as_const(tau)), as_row(y), std::as_const(w), 0.7, as_row(dz));
  return gradient_error(dz, central_differences(value, z));
}

template <class Loss>
void check_loss_gradients(const Loss& loss, double kappa) {
  for (const auto& [predictions, targets] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {3, 5}, {16, 2}, {17, 33}, {40, 7}}) {
    const std::size_t n = predictions;
    const std::size_t m = targets;
    for (const bool weighted : {false, true}) {
      CAPTURE(n);
      CAPTURE(m);
      CHECK(error_of(loss, kappa, n, m, weighted, 10 * n + m) <= gradient_tolerance);
    }
  }
}

}  // namespace

TEST_CASE("quantile Huber: thresholds, divisions and reductions") {
  for (const double kappa : {0.0, 0.05, 0.4, 1.0, 3.0}) {
    for (const bool divide : {true, false}) {
      for (const auto online : {loss::reduction::sum, loss::reduction::mean}) {
        CAPTURE(kappa);
        check_loss_gradients(loss::quantile_huber({.kappa = kappa, .divide_by_kappa = divide, .online = online}),
                             kappa);
      }
    }
  }
}

TEST_CASE("self-normalised: its inner loss") { check_loss_gradients(loss::self_normalised({.kappa = 0.3}), 0.3); }

TEST_CASE("a loss of a user's own") { check_loss_gradients(odd::expectile{}, 0); }
