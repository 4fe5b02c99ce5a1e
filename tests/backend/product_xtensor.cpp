// The xtensor backend's own product, with registers of every size that it is compiled for, whatever this machine has.
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/backend/xtensor.hpp>
#include <iqnrl/testing/tensor.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

namespace {

/// Beside the sizes of tiles, which are powers of two up to 8 rows and 16 columns.
constexpr std::size_t sizes[]{1, 2, 3, 7, 8, 13, 16, 31, 33};

template <class T, std::size_t Register>
void check_product() {
  constexpr std::size_t gap = 3;
  for (const std::size_t rows : sizes) {
    for (const std::size_t columns : sizes) {
      for (const std::size_t depth : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{600}}) {
        CAPTURE(rows);
        CAPTURE(columns);
        CAPTURE(depth);
        const std::size_t wide = columns + gap;
        for (const bool transposed : {false, true}) {
          const auto a = noise<T>(rows * depth, 1);
          const auto b = noise<T>(depth * wide, 2);
          auto c = noise<T>(rows * wide, 3);
          auto want = c;
          const std::size_t a_row = transposed ? 1 : depth;
          const std::size_t a_depth = transposed ? rows : 1;
          for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t n = 0; n < columns; ++n) {
              for (std::size_t p = 0; p < depth; ++p) {
                want[r * wide + n] += a[r * a_row + p * a_depth] * b[p * wide + n];
              }
            }
          }
          backend::detail::blocked_product<T, Register>{a.data(), a_row, a_depth, b.data(), wide,
                                                        c.data(), wide,  rows,    depth,    columns}
              .add();
          for (std::size_t i = 0; i < c.size(); ++i) REQUIRE(c[i] == doctest::Approx(want[i]).epsilon(1e-5));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("float") {
  check_product<float, 16>();
  check_product<float, 32>();
  check_product<float, 64>();
}

TEST_CASE("double") {
  check_product<double, 16>();
  check_product<double, 32>();
  check_product<double, 64>();
}
