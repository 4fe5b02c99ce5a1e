// The law of losses: what must hold of every one, whatever its shape.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/contract/loss.hpp>
#include <iqnrl/target/quantile_huber.hpp>
#include <support/policies.hpp>
#include <support/refusal.hpp>
#include <support/rows.hpp>
#include <support/tensor.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

static_assert(check_loss<loss::quantile_huber>() && check_loss<loss::self_normalised>() &&
              check_loss<odd::expectile>());

struct huber : loss::quantile_huber {
  huber() : quantile_huber({}) {}
};
struct pinball : loss::quantile_huber {
  pinball() : quantile_huber({.kappa = 0}) {}
};
struct narrow : loss::quantile_huber {
  narrow() : quantile_huber({.kappa = 0.05, .online = loss::reduction::mean}) {}
};
struct undivided : loss::quantile_huber {
  undivided() : quantile_huber({.kappa = 2, .divide_by_kappa = false}) {}
};
struct normalised : loss::self_normalised {
  normalised() : self_normalised({}) {}
};

template <class Policy, class Value>
struct of {
  using policy = Policy;
  using value = Value;
};
using huber_float = of<huber, float>;
using huber_double = of<huber, double>;
using pinball_float = of<pinball, float>;
using pinball_double = of<pinball, double>;
using narrow_double = of<narrow, double>;
using undivided_float = of<undivided, float>;
using normalised_double = of<normalised, double>;
using expectile_double = of<odd::expectile, double>;

template <class T>
struct result {
  T loss = 0;
  T absolute = 0;
  std::vector<T> dz{};
};

template <class T, class Loss>
result<T> run(const Loss& l, const std::vector<T>& z, const std::vector<T>& tau, const std::vector<T>& y,
              std::vector<T> w = {}) {
  if (w.empty()) w.assign(y.size(), T(1) / static_cast<T>(y.size()));
  result<T> r;
  r.dz.assign(z.size(), T(77));
  const auto v = l(row_on(z), row_on(tau), row_on(y), std::as_const(w), T(1), row_on(r.dz));
  r.loss = v.loss;
  r.absolute = v.absolute;
  return r;
}

template <class T>
std::vector<T> some_fractions(std::size_t n, std::uint64_t seed) {
  auto tau = noise<T>(n, seed);
  for (T& t : tau) t = T(0.5) + T(0.49) * t;
  return tau;
}

template <class T>
bool near(T a, T b) {
  return std::abs(a - b) <= T(200) * std::numeric_limits<T>::epsilon() * std::max(T(1), std::abs(b));
}
template <class T>
bool near(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return near(x, y); });
}

const std::vector<std::pair<std::size_t, std::size_t>> shapes{{1, 1},   {1, 7},   {5, 1}, {3, 5},
                                                              {16, 16}, {17, 33}, {64, 2}};

}  // namespace

TYPE_TO_STRING(huber_float);
TYPE_TO_STRING(huber_double);
TYPE_TO_STRING(pinball_float);
TYPE_TO_STRING(pinball_double);
TYPE_TO_STRING(narrow_double);
TYPE_TO_STRING(undivided_float);
TYPE_TO_STRING(normalised_double);
TYPE_TO_STRING(expectile_double);

TEST_CASE_TEMPLATE_DEFINE("duplicated, reordered and weighted targets; reordered predictions; N and M that differ", L,
                          invariances) {
  using T = typename L::value;
  const typename L::policy l{};
  for (const auto& [predictions, targets] : shapes) {
    const std::size_t n = predictions;
    const std::size_t m = targets;
    CAPTURE(n);
    CAPTURE(m);
    const auto z = noise<T>(n, 1);
    const auto y = noise<T>(m, 2);
    const auto tau = some_fractions<T>(n, 3);
    const result<T> r = run(l, z, tau, y);
    CHECK(r.loss >= 0);
    CHECK(r.absolute > 0);

    std::vector<T> twice(y);
    twice.insert(twice.end(), y.begin(), y.end());
    const result<T> duplicated = run(l, z, tau, twice);
    CHECK(near(duplicated.loss, r.loss));
    CHECK(near(duplicated.absolute, r.absolute));
    CHECK(near(duplicated.dz, r.dz));

    std::vector<T> reversed(y.rbegin(), y.rend());
    const result<T> reordered = run(l, z, tau, reversed);
    CHECK(near(reordered.loss, r.loss));
    CHECK(near(reordered.dz, r.dz));

    const result<T> turned = run(l, std::vector<T>(z.rbegin(), z.rend()), std::vector<T>(tau.rbegin(), tau.rend()), y);
    CHECK(near(turned.loss, r.loss));
    CHECK(near(turned.dz, std::vector<T>(r.dz.rbegin(), r.dz.rend())));

    // the first target three times, the others once: the same as weights of 3 and 1
    std::vector<T> thrice(y);
    thrice.insert(thrice.end(), 2, y[0]);
    std::vector<T> w(m, T(1) / static_cast<T>(m + 2));
    w[0] *= 3;
    const result<T> weighted = run(l, z, tau, y, w);
    const result<T> repeated = run(l, z, tau, thrice);
    CHECK(near(weighted.loss, repeated.loss));
    CHECK(near(weighted.absolute, repeated.absolute));
    CHECK(near(weighted.dz, repeated.dz));

    // shifting everything changes nothing
    auto z_up = z;
    auto y_up = y;
    for (T& x : z_up) x += T(4);
    for (T& x : y_up) x += T(4);
    if (std::is_same_v<T, double>) CHECK(near(run(l, z_up, tau, y_up).loss, r.loss));
  }
}
TEST_CASE_TEMPLATE_INVOKE(invariances, huber_float, huber_double, pinball_float, pinball_double, narrow_double,
                          undivided_float, normalised_double, expectile_double);

TEST_CASE_TEMPLATE_DEFINE("no loss and no gradient where every prediction is its target; slopes point at targets", L,
                          slopes) {
  using T = typename L::value;
  const typename L::policy l{};
  for (const T tau : {T(0.01), T(0.5), T(0.9)}) {
    const result<T> zero = run<T>(l, {T(1.25)}, {tau}, {T(1.25)});
    CHECK(zero.loss == 0);
    CHECK(zero.absolute == 0);
    CHECK(zero.dz[0] == 0);
    const result<T> low = run<T>(l, {T(-1)}, {tau}, {T(2), T(3)});
    const result<T> high = run<T>(l, {T(6)}, {tau}, {T(2), T(3)});
    CHECK(low.dz[0] < 0);
    CHECK(high.dz[0] > 0);
    CHECK(near(low.absolute, T(3.5)));
    CHECK(near(high.absolute, T(3.5)));
    // a target above weighs tau, one below 1 - tau
    const result<T> above = run<T>(l, {T(0)}, {tau}, {T(0.75)});
    const result<T> below = run<T>(l, {T(0)}, {tau}, {T(-0.75)});
    CHECK(near(above.loss * (1 - tau), below.loss * tau));
    CHECK(near(above.dz[0] * (1 - tau), -below.dz[0] * tau));
  }
}
TEST_CASE_TEMPLATE_INVOKE(slopes, huber_float, huber_double, pinball_float, pinball_double, narrow_double,
                          undivided_float, normalised_double, expectile_double);

TEST_CASE_TEMPLATE("the pinball loss is least at the empirical quantile", T, float, double) {
  const pinball l;
  const std::vector<T> y{T(-3), T(-1), T(0), T(2), T(10)};
  for (std::size_t k = 0; k < y.size(); ++k) {
    const T tau = (static_cast<T>(k) + T(0.5)) / T(5);
    const T least = run<T>(l, {y[k]}, {tau}, y).loss;
    for (T z = -5; z <= 12; z += T(0.25)) CHECK(run<T>(l, {z}, {tau}, y).loss >= least - T(1e-6));
    CHECK(run<T>(l, {y[k] + T(0.1)}, {tau}, y).dz[0] > 0);
    CHECK(run<T>(l, {y[k] - T(0.1)}, {tau}, y).dz[0] < 0);
  }
}

TEST_CASE("where the Huber function turns, by hand") {
  const auto at = [](double kappa, bool divide, double d) {
    return run<double>(loss::quantile_huber({.kappa = kappa, .divide_by_kappa = divide}), {0.0}, {0.25}, {d}).loss;
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
  const auto sum = run<double>(loss::quantile_huber({}), z, tau, y);
  const auto mean = run<double>(loss::quantile_huber({.online = loss::reduction::mean}), z, tau, y);
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
