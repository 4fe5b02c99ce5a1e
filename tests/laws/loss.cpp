// The law of losses on every loss of the library and on one of a user's own; what each of them is, by hand.
#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/target/quantile_huber.hpp>
#include <iqnrl/testing/loss_laws.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <support/policies.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

namespace {

template <class Loss, class T>
void both(const typename Loss::config& config) {
  loss_laws<Loss, T>(config);
  quantile_loss_laws<Loss, T>(config);
}

}  // namespace

TEST_CASE_TEMPLATE("quantile Huber: thresholds, divisions and reductions", T, float, double) {
  both<loss::quantile_huber, T>({});
  both<loss::quantile_huber, T>({.kappa = 0});
  both<loss::quantile_huber, T>({.kappa = 0.05, .online = loss::reduction::mean});
  both<loss::quantile_huber, T>({.kappa = 2, .divide_by_kappa = false});
}

TEST_CASE("self-normalised") { both<loss::self_normalised, double>({}); }

TEST_CASE("a loss of a user's own") { both<odd::expectile, double>({}); }

TEST_CASE_TEMPLATE("the pinball loss is least at the empirical quantile", T, float, double) {
  const loss::quantile_huber l({.kappa = 0});
  const std::vector<T> y{T(-3), T(-1), T(0), T(2), T(10)};
  for (std::size_t k = 0; k < y.size(); ++k) {
    const T tau = (static_cast<T>(k) + T(0.5)) / T(5);
    const T least = loss_of<T>(l, {y[k]}, {tau}, y).loss;
    for (T z = -5; z <= 12; z += T(0.25)) CHECK(loss_of<T>(l, {z}, {tau}, y).loss >= least - T(1e-6));
    CHECK(loss_of<T>(l, {y[k] + T(0.1)}, {tau}, y).dz[0] > 0);
    CHECK(loss_of<T>(l, {y[k] - T(0.1)}, {tau}, y).dz[0] < 0);
  }
}

TEST_CASE("where the Huber function turns, by hand") {
  const auto at = [](double kappa, bool divide, double d) {
    return loss_of<double>(loss::quantile_huber({.kappa = kappa, .divide_by_kappa = divide}), {0.0}, {0.25}, {d}).loss;
  };
  CHECK(at(1, true, 0.5) == doctest::Approx(0.25 * 0.125));
  CHECK(at(1, true, 3) == doctest::Approx(0.25 * 2.5));
  CHECK(at(2, true, 3) == doctest::Approx(0.25 * 4.0 / 2));
  CHECK(at(2, false, 3) == doctest::Approx(0.25 * 4.0));
  CHECK(at(2, false, -1) == doctest::Approx(0.75 * 0.5));
  CHECK(at(0, true, -4) == doctest::Approx(0.75 * 4));
}

TEST_CASE("reductions and their scale") {
  CHECK(loss::quantile_huber({}).batch_scale(8) == 0.125);
  CHECK(loss::quantile_huber({.batch = loss::reduction::sum}).batch_scale(8) == 1);
  CHECK(loss::self_normalised({}).batch_scale(8) == 1);
  const auto z = noise<double>(5, 1);
  const auto y = noise<double>(3, 2);
  const auto tau = some_fractions<double>(5, 3);
  const auto sum = loss_of<double>(loss::quantile_huber({}), z, tau, y);
  const auto mean = loss_of<double>(loss::quantile_huber({.online = loss::reduction::mean}), z, tau, y);
  CHECK(mean.loss == doctest::Approx(sum.loss / 5));
  CHECK(mean.dz[2] == doctest::Approx(sum.dz[2] / 5));
  CHECK(mean.absolute == sum.absolute);
}

TEST_CASE("self-normalised: the factors undo the scale of the targets, slowly") {
  loss::self_normalised l({.decay = 0.5, .first_mean = 1.0});
  const std::vector<double> s{2.0, 0.0, 6.0};
  std::vector<double> factor(3);
  l.reduce(s, factor);
  const double spread = 0.5 * 1 + 0.5 * 8.0 / 3;
  const double least = spread / 4;
  const double scale = 0.5 * 1 + 0.5 * (2 + least + 6) / 3;
  CHECK(factor[0] == doctest::Approx(scale / 2));
  CHECK(factor[1] == doctest::Approx(scale / least));
  CHECK(factor[2] == doctest::Approx(scale / 6));
}

TEST_CASE("numbers out of range are refused") {
  const auto huber_says = [](double kappa) {
    return refusal<config_error>([&] { const loss::quantile_huber l({.kappa = kappa}); });
  };
  CHECK(says(huber_says(-0.5), "loss.kappa is -0.5; give 0 (pinball) or a positive number"));
  CHECK(says(huber_says(std::nan("")), "loss.kappa is nan"));
  CHECK(says(huber_says(HUGE_VAL), "loss.kappa is inf"));
  CHECK(says(refusal<config_error>([] { const loss::self_normalised l({.decay = 1}); }), "loss.decay is 1"));
  CHECK(says(refusal<config_error>([] { const loss::self_normalised l({.first_mean = 0}); }), "loss.first_mean is 0"));
}
