// The law of optimizers on every optimizer of the library and on one of a user's own; decay, clipping and rates.
#include <cmath>

#include <doctest/doctest.h>

#include <iqnrl/nn/optimizer.hpp>
#include <iqnrl/testing/optimizer_laws.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

template <class P>
typename P::config at_rate(double rate) {
  typename P::config c;
  c.rate = rate;
  return c;
}

}  // namespace

TEST_CASE("fixed points, directions, and the way to a minimum") {
  optimizer_laws<optimizer::sgd>();
  optimizer_laws<optimizer::adam>();
  optimizer_laws<optimizer::adamw>();
  optimizer_laws<optimizer::radam>();
  optimizer_laws<optimizer::rmsprop>();
}

TEST_CASE("an optimizer of a user's own: one moment") { optimizer_laws<odd::momentum>(); }

TEST_CASE_TEMPLATE("adam and adamw do not see the scale of the gradient", P, optimizer::adam, optimizer::adamw) {
  typename P::config c = at_rate<P>(0.01);
  c.epsilon = 0;
  descent<P, double> a(c, 1);
  descent<P, double> b(c, 1);
  for (int i = 0; i < 100; ++i) {
    const double g = std::sin(i) + 0.5;
    a.step(g);
    b.step(1000 * g);
    CHECK(a.p == doctest::Approx(b.p).epsilon(1e-12));
  }
  descent<P, double> first(c, 1);
  first.step(123);
  CHECK(first.p == doctest::Approx(1 - 0.01));
}

TEST_CASE("decay: in the gradient, beside it, or after the step") {
  optimizer::adamw::config decoupled{.rate = 0.1, .weight_decay = 0.5};
  descent<optimizer::adamw, double> w(decoupled, 2);
  w.step(0);
  CHECK(w.p == doctest::Approx(2 * (1 - 0.1 * 0.5)));
  optimizer::adam::config coupled{.rate = 0.1, .epsilon = 0, .weight_decay = 0.5};
  descent<optimizer::adam, double> a(coupled, 2);
  a.step(0);
  CHECK(a.p == doctest::Approx(2 - 0.1));
  optimizer::radam::config by_hand;
  by_hand.rate = 0.1;
  by_hand.decoupled_decay = 0.5;
  descent<optimizer::radam, double> r(by_hand, 2);
  r.step(0);
  CHECK(r.p == doctest::Approx(2 * (1 - 0.1 * 0.5)));
}

TEST_CASE("clipping by the joint norm") {
  CHECK(optimizer::clip_factor(1, 10) == 1);
  CHECK(optimizer::clip_factor(20, 10) == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(optimizer::clip_factor(0, 10) == 1);
  CHECK(optimizer::clip_factor(1e300, HUGE_VAL) == 1);
}

TEST_CASE("rates follow their schedule; numbers out of range are refused") {
  const optimizer::adam a({.rate = schedule::linear({{0, 1e-3}, {100, 0.0}})});
  CHECK(a.rate(0) == 1e-3);
  CHECK(a.rate(50) == doctest::Approx(5e-4));
  CHECK(a.rate(500) == 0);
  const auto adam_says = [](const optimizer::adam_config& c) {
    return refusal<config_error>([&] { const optimizer::adam bad(c); });
  };
  CHECK(says(adam_says({.rate = -1.0}), "optimizer.rate is -1"));
  CHECK(says(adam_says({.beta1 = 1}), "optimizer.beta1 is 1; give a number in [0, 1)"));
  CHECK(says(adam_says({.beta2 = -0.1}), "optimizer.beta2 is -0.1"));
  CHECK(says(adam_says({.epsilon = std::nan("")}), "optimizer.epsilon is nan"));
  CHECK(says(adam_says({.weight_decay = -1}), "optimizer.weight_decay is -1"));
  CHECK(says(refusal<config_error>([] { const optimizer::rmsprop bad({.decay = 1}); }), "optimizer.decay is 1"));
  CHECK(says(refusal<config_error>([] { const optimizer::rmsprop bad({.epsilon = 0}); }), "optimizer.epsilon is 0"));
}
