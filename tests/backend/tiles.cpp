// Products by tiles, with registers of every size that they are compiled for, whatever this machine has.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/backend/tiles.hpp>
#include <iqnrl/testing/tensor.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

namespace {

/// Beside the sizes of tiles: 6, 8 or 12 rows, 4 to 64 columns, and blocks of 192 or 288 in depth.
constexpr std::size_t row_counts[]{1, 2, 3, 5, 6, 7, 8, 11, 12, 13, 50};
constexpr std::size_t column_counts[]{1, 3, 4, 8, 15, 16, 17, 31, 33, 50, 70, 131};
constexpr std::size_t depths[]{1, 7, 193, 288, 500};
constexpr std::size_t gap = 3;

/// c = a b, in double.
template <class T>
std::vector<double> product_of(const std::vector<T>& a, std::size_t row, std::size_t step, const std::vector<T>& b,
                               std::size_t b_row, std::size_t b_step, std::size_t rows, std::size_t columns,
                               std::size_t depth) {
  std::vector<double> c(rows * columns);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      for (std::size_t k = 0; k < depth; ++k)
        c[i * columns + j] +=
            static_cast<double>(a[i * row + k * step]) * static_cast<double>(b[k * b_row + j * b_step]);
    }
  }
  return c;
}

/// To a hundred rounding errors of the largest element.
template <class T>
void check(const std::vector<T>& found, const std::vector<double>& want) {
  double most = 1;
  double off = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    most = std::max(most, std::abs(want[i]));
    const double error = std::abs(static_cast<double>(found[i]) - want[i]);
    off = error <= off ? off : error;  // a NaN stays
    if (std::isnan(error)) break;
  }
  REQUIRE(off <= 100 * static_cast<double>(std::numeric_limits<T>::epsilon()) * most);
}

/// Checks a product in each of the ways that `multiply` ends it: `want` is the product alone.
template <class T, class Left, class Right>
void check_multiplied(std::size_t rows, std::size_t columns, std::size_t depth, const Left& a, const Right& b,
                      const std::vector<double>& want) {
  namespace tiles = backend::detail;
  const std::size_t wide = columns + gap;
  const auto before = noise<T>(rows * wide, 4);
  const auto bias = noise<T>(columns, 5);
  const auto run = [&](const auto& rows_are, bool add, bool biased, auto act) {
    Left left = a;
    Right right = b;
    std::vector<T> c = before;
    tiles::multiply(rows, columns, depth, left, right,
                    tiles::destination{c.data(), rows_are, add, biased ? bias.data() : nullptr}, act);
    std::vector<T> found(rows * columns);
    std::vector<double> aim = want;
    std::size_t touched = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        const std::size_t at = i * columns + j;
        found[at] = c[i * wide + j];
        if (add) aim[at] += static_cast<double>(before[i * wide + j]);
        if (biased) aim[at] += static_cast<double>(bias[j]);
        aim[at] = act.value(aim[at]);
      }
      for (std::size_t j = columns; j < wide; ++j) touched += c[i * wide + j] == before[i * wide + j] ? 0 : 1;
    }
    REQUIRE(touched == 0);
    check(found, aim);
    return found;
  };
  const tiles::rows_apart apart{wide};
  const tiles::rows_on places{{{1, 1, rows}, {0, 0, wide}}};
  const auto plain = run(apart, false, false, activation::identity{});
  CHECK(run(places, false, false, activation::identity{}) == plain);
  run(apart, true, false, activation::identity{});
  CHECK(run(places, false, true, activation::relu{}) == run(apart, false, true, activation::relu{}));
  run(apart, false, true, activation::leaky_relu{});
}

template <class T, std::size_t Register>
void check_products() {
  namespace tiles = backend::detail;
  for (const std::size_t rows : row_counts) {
    for (const std::size_t columns : column_counts) {
      for (const std::size_t depth : depths) {
        CAPTURE(rows);
        CAPTURE(columns);
        CAPTURE(depth);
        const auto a = noise<T>(rows * depth, 1);
        const tiles::strided<T> plain{a.data(), depth, 1};
        const tiles::strided<T> turned{a.data(), 1, rows};
        const std::size_t wide = columns + gap;
        const auto b = noise<T>(depth * wide, 2);
        const tiles::plain_panels<T, Register> in_place(b.data(), wide, columns, rows);
        check_multiplied<T>(rows, columns, depth, plain, in_place,
                            product_of(a, depth, 1, b, wide, 1, rows, columns, depth));
        const std::vector<double> of_turned = product_of(a, 1, rows, b, wide, 1, rows, columns, depth);
        check_multiplied<T>(rows, columns, depth, turned, in_place, of_turned);
        check_multiplied<T>(rows, columns, depth, tiles::upright<T, Register>(a.data(), rows), in_place, of_turned);

        const tiles::looked_up<T, Register> looked(a.data(), {{1, 1, rows}, {0, 0, depth}}, {{1, 1, depth}, {0, 0, 1}});
        check_multiplied<T>(rows, columns, depth, looked, in_place,
                            product_of(a, depth, 1, b, wide, 1, rows, columns, depth));

        using packed_type = tiles::packed_panels<T, Register>;
        const std::size_t deep = depth + gap;
        const auto w = noise<T>(columns * deep, 3);
        std::vector<T> packed(packed_type::size(columns, depth));
        packed_type::pack(w.data(), deep, columns, depth, packed.data());
        check_multiplied<T>(rows, columns, depth, plain, packed_type{packed.data(), columns, depth},
                            product_of(a, depth, 1, w, 1, deep, rows, columns, depth));
      }
    }
  }
}

template <class T, std::size_t Register>
void check_transposition() {
  for (const std::size_t rows : row_counts) {
    for (const std::size_t columns : column_counts) {
      CAPTURE(rows);
      CAPTURE(columns);
      const auto from = noise<T>(rows * (columns + gap), 1);
      std::vector<T> to(columns * (rows + gap), T(7));
      backend::detail::transposition<T, Register>::run(from.data(), columns + gap, rows, columns, to.data(),
                                                       rows + gap);
      std::size_t wrong = 0;
      for (std::size_t j = 0; j < columns; ++j) {
        for (std::size_t i = 0; i < rows + gap; ++i)
          wrong += to[j * (rows + gap) + i] == (i < rows ? from[i * (columns + gap) + j] : T(7)) ? 0 : 1;
      }
      REQUIRE(wrong == 0);
    }
  }
}

}  // namespace

TEST_CASE("a lattice is three nested loops, from any turn on") {
  const backend::detail::lattice l{{2, 3, 4}, {100, 10, 1}};
  std::vector<std::uint32_t> want;
  for (std::uint32_t a = 0; a < 2; ++a) {
    for (std::uint32_t b = 0; b < 3; ++b) {
      for (std::uint32_t c = 0; c < 4; ++c) want.push_back(100 * a + 10 * b + c);
    }
  }
  REQUIRE(l.size() == want.size());
  for (std::size_t first = 0; first < want.size(); ++first) {
    std::vector<std::uint32_t> found(want.size() - first);
    l.offsets(first, found.size(), found.data());
    CHECK(std::equal(found.begin(), found.end(), want.begin() + static_cast<std::ptrdiff_t>(first)));
  }
}

TEST_CASE("products of floats") {
  check_products<float, 16>();
  check_products<float, 32>();
  check_products<float, 64>();
}

TEST_CASE("products of doubles") {
  check_products<double, 16>();
  check_products<double, 32>();
  check_products<double, 64>();
}

TEST_CASE("transposition") {
  check_transposition<float, 16>();
  check_transposition<float, 32>();
  check_transposition<float, 64>();
  check_transposition<double, 16>();
  check_transposition<double, 32>();
  check_transposition<double, 64>();
}
