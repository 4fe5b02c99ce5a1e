// The law of fractions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/rows.hpp>

namespace iqnrl::testing {

inline constexpr std::array fraction_uses{fraction_use::online, fraction_use::target, fraction_use::select,
                                          fraction_use::act};

/// One draw of `count` fractions; random numbers come from a sequence, or are all `u`.
template <class T, class P>
[[nodiscard]] std::vector<T> drawn_fractions(const P& p, std::size_t count, std::uint64_t step, double u = -1) {
  std::vector<T> random(p.randoms(count));
  for (std::size_t i = 0; i < random.size(); ++i) {
    random[i] = u < 0 ? uniform<T>(sequence{1, stream::fractions, step}, i) : static_cast<T>(u);
  }
  std::vector<T> tau(count, T(-1));
  p(0, row_on(tau), row_on(std::as_const(random)));
  return tau;
}

/// Everything that must hold of a fraction policy: counts are positive and those of a fixed grid its own, fractions lie
/// in [0, 1] from random numbers at both ends of their range too, and depend on nothing but the random numbers.
template <class P>
void fractions_laws(const typename P::config& config = {}) {
  static_assert(check_fractions<P>());
  const P p{config};
  const auto inside = []<class T>(const std::vector<T>& tau) {
    return std::all_of(tau.begin(), tau.end(), [](T t) { return t >= 0 && t <= 1; });
  };
  for (const fraction_use use : fraction_uses) {
    const std::size_t count = p.count(use);
    DOCTEST_CHECK(count >= 1);
    if (P::fixed > 0) DOCTEST_CHECK(count == P::fixed);
    if (P::fixed > 0) DOCTEST_CHECK(p.randoms(count) == 0);
    for (std::uint64_t step = 0; step < 200; ++step) {
      DOCTEST_REQUIRE(inside(drawn_fractions<double>(p, count, step)));
      DOCTEST_REQUIRE(inside(drawn_fractions<float>(p, count, step)));
    }
    for (const double end : {0.0, 1.0 - 0x1p-24}) DOCTEST_CHECK(inside(drawn_fractions<float>(p, count, 0, end)));
    DOCTEST_CHECK(drawn_fractions<float>(p, count, 3) == drawn_fractions<float>(p, count, 3));
  }
}

}  // namespace iqnrl::testing
