// Element-wise passes in vectors of every size that they are compiled for, whatever this machine has.
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/backend/elements.hpp>

using namespace iqnrl;

namespace {

/// The largest error of cos(pi k t) for k below 103 and many t.
template <std::size_t Register, class T>
double error_of_cosines() {
  constexpr std::size_t first = 3;
  std::vector<T> found(100);
  double off = 0;
  for (int n = 0; n <= 1000; ++n) {
    const T t = static_cast<T>(n) / T(1000);
    backend::detail::cosines<Register>(t, first, found.size(), found.data());
    for (std::size_t k = 0; k < found.size(); ++k) {
      const long double want =
          std::cos(std::numbers::pi_v<long double> * static_cast<long double>(first + k) * static_cast<long double>(t));
      const auto error = static_cast<double>(std::abs(want - static_cast<long double>(found[k])));
      if (!(error <= off)) off = error;
      if (std::isnan(error)) return error;
    }
  }
  return off;
}

template <class T>
void check_cosines() {
#if defined(__FMA__)
  constexpr double roundings = 2;
#else
  constexpr double roundings = 200;  // k t is rounded before whole turns are taken off
#endif
  const double most = roundings * static_cast<double>(std::numeric_limits<T>::epsilon());
  CHECK(error_of_cosines<16, T>() < most);
  CHECK(error_of_cosines<32, T>() < most);
  CHECK(error_of_cosines<64, T>() < most);
}

}  // namespace

TEST_CASE("cosines of floats") { check_cosines<float>(); }
TEST_CASE("cosines of doubles") { check_cosines<double>(); }
