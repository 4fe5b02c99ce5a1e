// The law of optimizers.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <iqnrl/contract/optimizer.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/testing/doctest.hpp>

namespace iqnrl::testing {

/// A parameter with its moments, and an optimizer that counts its updates.
template <class P, class T>
struct descent {
  descent(const typename P::config& c, T start) : policy{c}, p(start) {}
  /// One step, with the policy's own rate.
  void step(T gradient) { step(gradient, policy.rate(updates + 1)); }
  void step(T gradient, double rate) {
    const auto rule = policy.at(++updates, rate);
    if constexpr (P::moments.size() == 0) rule(p, gradient);
    if constexpr (P::moments.size() == 1) rule(p, gradient, moments[0]);
    if constexpr (P::moments.size() == 2) rule(p, gradient, moments[0], moments[1]);
  }
  P policy;
  T p;
  std::array<T, 2> moments{};
  std::uint64_t updates = 0;
};

/// Everything that must hold of an optimizer: a parameter at 0 without a gradient stays, at rate 0 every parameter
/// does, a step goes against the gradient and is finite, and steps of 0.01 arrive near a minimum.
template <class P>
void optimizer_laws(const typename P::config& config = {}) {
  static_assert(check_optimizer<P>());
  const auto check = [&]<class T>(T) {
    descent<P, T> still(config, T(0));
    descent<P, T> frozen(config, T(1.5));
    for (int i = 0; i < 50; ++i) {
      still.step(T(0), 0.1);
      frozen.step(T(1 + i % 3), 0);
    }
    DOCTEST_CHECK(still.p == 0);
    DOCTEST_CHECK((still.moments[0] == 0 && still.moments[1] == 0));
    DOCTEST_CHECK(frozen.p == T(1.5));

    for (const T g : {T(1e-3), T(1), T(100)}) {
      descent<P, T> down(config, T(0));
      descent<P, T> up(config, T(0));
      for (int i = 0; i < 10; ++i) {
        down.step(g, 0.01);
        up.step(-g, 0.01);
        DOCTEST_CHECK((down.p < 0 && up.p > 0));
        DOCTEST_CHECK((is_finite(down.p) && is_finite(up.p)));
      }
    }

    // the minimum of (p - 3)^2
    descent<P, T> walk(config, T(0));
    for (int i = 0; i < 5000; ++i) walk.step(2 * (walk.p - T(3)), 0.01);
    DOCTEST_CHECK(std::abs(walk.p - T(3)) < T(0.05));
  };
  check(1.0F);
  check(1.0);
}

}  // namespace iqnrl::testing
