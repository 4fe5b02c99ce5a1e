// The table of parameters: groups, names, alignment; initial values.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/nn/linear.hpp>
#include <iqnrl/nn/parameters.hpp>
#include <replay/chi_square.hpp>

namespace {

using namespace iqnrl;

struct grouped {
  parameter<3, 5> a;
  parameter<7> b;
  parameter<2, 3, 4> c;
  parameter<1> d;
  parameter<9> u;
  stretch first;
  stretch second;
  void declare(parameter_table& t) {
    t.add(a, "a", initial::orthogonal(1));
    t.group("fractions", [&] {
      t.add(b, "b", initial::constant(2));
      t.add_state(u, "u", initial::normal(1), on_sync::keep);
    });
    t.add(c, "c", initial::uniform(0.5));
    t.group("fractions", [&] { t.add(d, "d", initial::constant(-1)); });
    t.add_packed(first, 3, 5);
    t.add_prepared(second, 21);
  }
};

std::vector<double> values_of(initial start, std::vector<std::size_t> shape, std::uint64_t seed, std::size_t index) {
  tensor_info t;
  t.shape = std::move(shape);
  t.size = 1;
  for (const std::size_t e : t.shape) t.size *= e;
  t.start = start;
  return initial_values<double>(t, seed, index);
}

}  // namespace

TEST_CASE("groups are contiguous, tensors aligned and apart, views where the table says") {
  grouped layer;
  parameter_table table([](std::size_t out, std::size_t in) { return out * in + 1; });
  table.scope("net", layer);
  table.seal();
  REQUIRE(table.groups().size() == 2);
  CHECK(table.groups()[0].name == "main");
  CHECK(table.groups()[1].name == "fractions");
  CHECK(table.groups()[0].first == 0);
  CHECK(table.groups()[1].first == table.groups()[0].count);
  CHECK(table.groups()[0].count + table.groups()[1].count == table.parameters_size());
  CHECK(table.count() == 15 + 7 + 24 + 1);

  std::vector<int> owner(table.parameters_size(), -1);
  int index = 0;
  for (const auto& t : table.parameters()) {
    CHECK(t.offset % parameter_table::alignment == 0);
    const auto& g = table.groups()[t.group];
    CHECK(t.offset >= g.first);
    CHECK(t.offset + t.size <= g.first + g.count);
    for (std::size_t i = t.offset; i < t.offset + t.size; ++i) {
      CHECK(owner[i] == -1);
      owner[i] = index;
    }
    ++index;
  }
  std::vector<float> buffer(table.parameters_size());
  const view<float, 1> all(buffer.data(), {buffer.size()});
  const std::map<std::string, const float*> places{{"net.a", layer.a.in(all).data()},
                                                   {"net.b", layer.b.in(all).data()},
                                                   {"net.c", layer.c.in(all).data()},
                                                   {"net.d", layer.d.in(all).data()}};
  for (const auto& t : table.parameters()) CHECK(places.at(t.name) == buffer.data() + t.offset);
  CHECK(layer.c.in(all).shape() == extents<3>{2, 3, 4});

  REQUIRE(table.state().size() == 1);
  CHECK(table.state()[0].name == "net.u");
  CHECK(table.state()[0].sync == on_sync::keep);
  CHECK(table.state_size() >= 9);
  std::vector<float> made(table.prepared_size());
  const view<float, 1> prepared_all(made.data(), {made.size()});
  CHECK(layer.first.size() == 16);
  CHECK(layer.second.size() == 21);
  CHECK(layer.second.in(prepared_all).data() >= layer.first.in(prepared_all).data() + 16);
  CHECK(layer.second.in(prepared_all).data() + 21 <= made.data() + made.size());
}

TEST_CASE("two tensors of one name are refused, by name") {
  nn::linear<2, 3> a;
  nn::linear<2, 3> b;
  parameter_table table;
  table.scope("same", a);
  table.scope("same", b);
  try {
    table.seal();
    FAIL("nothing was thrown");
  } catch (const config_error& e) {
    CHECK(std::string(e.what()).find("`same.weight`") != std::string::npos);
  }
  nn::linear<2, 3> c;
  nn::linear<2, 3> d;
  parameter_table good;
  good.scope("one", c);
  good.scope("two", d);
  good.seal();
  CHECK(good.parameters().size() == 4);
  CHECK(good.parameters()[0].name == "one.weight");
  CHECK(good.parameters()[3].name == "two.bias");
}

TEST_CASE("orthogonal: rows or columns are orthonormal times the gain") {
  for (const auto& [first, second] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {3, 17}, {17, 3}, {16, 16}, {1, 9}, {9, 1}}) {
    const std::size_t rows = first;
    const std::size_t columns = second;
    const auto w = values_of(initial::orthogonal(1.5), {rows, columns}, 3, 1);
    const bool by_rows = rows <= columns;
    const std::size_t vectors = by_rows ? rows : columns;
    const std::size_t length = by_rows ? columns : rows;
    const auto at = [&](std::size_t v, std::size_t i) { return by_rows ? w[v * columns + i] : w[i * columns + v]; };
    for (std::size_t u = 0; u < vectors; ++u) {
      for (std::size_t v = 0; v <= u; ++v) {
        double dot = 0;
        for (std::size_t i = 0; i < length; ++i) dot += at(u, i) * at(v, i);
        CHECK(std::abs(dot - (u == v ? 2.25 : 0.0)) < 1e-12);
      }
    }
  }
}

TEST_CASE("constant, uniform, normal") {
  for (const double x : values_of(initial::constant(0.25), {5, 2}, 1, 0)) CHECK(x == 0.25);
  const std::size_t n = 64'000;
  std::vector<std::uint64_t> uniform_cells(32);
  for (const double x : values_of(initial::uniform(0.5), {n}, 1, 1)) {
    REQUIRE(std::abs(x) <= 0.5);
    ++uniform_cells[std::min<std::size_t>(31, static_cast<std::size_t>((x + 0.5) * 32))];
  }
  const std::vector<double> expected(32, static_cast<double>(n) / 32);
  CHECK(chi_square_p(uniform_cells, expected) > 1e-4);
  std::vector<std::uint64_t> normal_cells(32);
  for (const double x : values_of(initial::normal(3), {n}, 1, 2)) {
    const double p = 0.5 * std::erfc(-x / 3 / std::sqrt(2.0));
    ++normal_cells[std::min<std::size_t>(31, static_cast<std::size_t>(p * 32))];
  }
  CHECK(chi_square_p(normal_cells, expected) > 1e-4);
}

TEST_CASE("initial values are a function of seed and place") {
  const auto a = values_of(initial::uniform(1), {40}, 7, 2);
  CHECK(a == values_of(initial::uniform(1), {40}, 7, 2));
  CHECK(a != values_of(initial::uniform(1), {40}, 8, 2));
  CHECK(a != values_of(initial::uniform(1), {40}, 7, 3));
}
