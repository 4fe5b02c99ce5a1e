// Views and rows: extents, strides, slices, columns.
#include <array>
#include <cstddef>
#include <numeric>
#include <type_traits>

#include <doctest/doctest.h>

#include <iqnrl/core/view.hpp>

using namespace iqnrl;

TEST_CASE("extents and strides") {
  std::array<int, 24> data{};
  std::iota(data.begin(), data.end(), 0);
  const view<int, 3> v(data.data(), {4, 3, 2});
  CHECK(v.rows() == 4);
  CHECK(v.row_size() == 6);
  CHECK(v.size() == 24);
  CHECK(v.stride() == 6);
  CHECK(v.extent(1) == 3);
  CHECK(v.contiguous());
  CHECK_FALSE(v.empty());
  const auto middle = v.slice(1, 2);
  CHECK(middle.rows() == 2);
  CHECK(middle.data() == data.data() + 6);
  const auto flat = v.reshape<2>({6, 4});
  CHECK(flat.shape() == extents<2>{6, 4});
  CHECK(flat.data() == data.data());
  CHECK(view<int, 2>().empty());
  CHECK(view<int, 2>(nullptr, {3, 0}).empty());
  static_assert(std::is_convertible_v<view<int, 2>, view<const int, 2>>);
  static_assert(!std::is_convertible_v<view<const int, 2>, view<int, 2>>);
}

TEST_CASE("columns of a matrix keep its stride") {
  std::array<int, 20> data{};
  std::iota(data.begin(), data.end(), 0);
  const view<int, 2> m(data.data(), {4, 5});
  const auto c = m.columns(1, 3);
  CHECK(c.shape() == extents<2>{4, 3});
  CHECK(c.stride() == 5);
  CHECK_FALSE(c.contiguous());
  CHECK(c.slice(2, 1).contiguous());
  for (std::size_t r = 0; r < 4; ++r) {
    const row<int, 1> line = row_of(c, r);
    CHECK(line.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) CHECK(line[k] == static_cast<int>(5 * r + 1 + k));
  }
  CHECK(row_of(c.slice(1, 3).columns(1, 1), 2)[0] == 17);
}

TEST_CASE("rows of a vector are references, of a tensor what is left") {
  std::array<int, 24> data{};
  std::iota(data.begin(), data.end(), 0);
  const view<int, 1> v(data.data(), {24});
  static_assert(std::is_same_v<decltype(row_of(v, 0)), int&>);
  row_of(v, 3) = 100;
  CHECK(data[3] == 100);
  data[3] = 3;
  const view<const int, 3> t(data.data(), {2, 3, 4});
  const row<const int, 2> second = row_of(t, 1);
  CHECK(second.extent(0) == 3);
  CHECK(second.extent(1) == 4);
  CHECK(second(2, 1) == 21);
  CHECK(std::accumulate(second.begin(), second.end(), 0) == 210);
  const view<const int, 1> strided(data.data(), {4}, 6);
  CHECK(row_of(strided, 2) == 12);
}
