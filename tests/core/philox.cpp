// Philox4x32-10: published known answers, what a sequence is a function of, and statistics of the generator.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/random.hpp>
#include <iqnrl/core/state.hpp>
#include <replay/chi_square.hpp>

namespace {

using namespace iqnrl;
using words = std::array<std::uint32_t, 4>;

/// How far draws are from uniform: the p value over 64 cells.
template <class Draw>
double uniformity(std::size_t count, const Draw& draw) {
  std::vector<std::uint64_t> cells(64);
  for (std::size_t i = 0; i < count; ++i) ++cells[static_cast<std::size_t>(draw(i) * 64)];
  const std::vector<double> expected(64, static_cast<double>(count) / 64);
  return chi_square_p(cells, expected);
}

}  // namespace

TEST_CASE("known answers (Random123's kat_vectors)") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  static_assert(philox4x32({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
}

TEST_CASE("a number is a function of seed, stream, step and index") {
  const sequence s{0x1122334455667788, stream::replay, 0x99aabbccddeeff00};
  const words b = philox4x32({5, 0xddeeff00, 0x99aabbcc, 2}, {0x55667788, 0x11223344});
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(s.bits(20 + i) == b[i]);

  std::set<std::uint32_t> seen;
  std::size_t drawn = 0;
  for (std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32U}) {
    for (stream purpose :
         {stream::explore, stream::act_fractions, stream::fractions, stream::fractions + 1, stream::world}) {
      for (std::uint64_t step : {0ULL, 1ULL, 1ULL << 32U}) {
        for (std::uint64_t i = 0; i < 8; ++i, ++drawn) seen.insert(sequence{seed, purpose, step}.bits(i));
      }
    }
  }
  CHECK(seen.size() == drawn);
}

TEST_CASE("unit maps to [0, 1), exactly") {
  CHECK(unit<float>(0) == 0.0F);
  CHECK(unit<double>(0) == 0.0);
  CHECK(unit<float>(0xffffffff) == 1.0F - 0x1p-24F);
  CHECK(unit<double>(0xffffffff) == 1.0 - 0x1p-32);
  CHECK(unit<float>(0x80000000) == 0.5F);
  CHECK(unit<double>(0x80000000) == 0.5);
}

TEST_CASE("uniform numbers are uniform, and neighbours independent") {
  const sequence s{3, stream::explore, 9};
  const std::size_t n = 200'000;
  CHECK(uniformity(n, [&](std::size_t i) { return static_cast<double>(uniform<float>(s, i)); }) > 1e-4);
  CHECK(uniformity(n, [&](std::size_t i) { return uniform<double>(s, i); }) > 1e-4);
  CHECK(uniformity(n, [&](std::size_t i) { return uniform<double>({3, stream::explore, i}, 0); }) > 1e-4);
  CHECK(uniformity(n, [&](std::size_t i) { return uniform<double>({i, stream::explore, 9}, 0); }) > 1e-4);
  CHECK(uniformity(n, [&](std::size_t i) {
          return (std::floor(uniform<double>(s, 2 * i) * 8) + uniform<double>(s, 2 * i + 1)) / 8;
        }) > 1e-4);
  generator g(s);
  CHECK(uniformity(n, [&](std::size_t) { return g.uniform(); }) > 1e-4);
}

TEST_CASE("normal numbers are normal: the probability transform is uniform") {
  const sequence s{4, stream::initialise, 2};
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  CHECK(uniformity(100'000, [&](std::size_t i) { return cdf(normal<double>(s, i)); }) > 1e-4);
  generator g(s);
  CHECK(uniformity(100'000, [&](std::size_t) { return cdf(g.normal()); }) > 1e-4);
}

TEST_CASE("below: every number, equally often, none outside") {
  generator g(sequence{5, stream::replay, 0});
  for (const std::uint32_t count : {1U, 2U, 3U, 7U, 100U}) {
    std::vector<std::uint64_t> hits(count);
    for (std::size_t i = 0; i < 1000 * count; ++i) {
      const std::uint32_t x = g.below(count);
      REQUIRE(x < count);
      ++hits[x];
    }
    if (count > 1) CHECK(chi_square_p(hits, std::vector<double>(count, 1000.0)) > 1e-4);
  }
  // 2^31 + 1: a number taken modulo it would hit the lower half twice as often
  std::uint64_t low = 0;
  for (int i = 0; i < 10'000; ++i) low += g.below(0x80000001U) < 0x40000000U ? 1 : 0;
  CHECK(std::abs(static_cast<double>(low) - 5000) < 250);
}

TEST_CASE("a generator has a range, and a position that is saved") {
  generator g(sequence{6, stream::world, 3});
  for (int i = 0; i < 1000; ++i) {
    const double x = g.uniform(-2, 5);
    REQUIRE((x >= -2 && x < 5));
  }
  const snapshot saved = snapshot::of(g);
  generator other;
  saved.restore(other);
  CHECK(digest(g) == digest(other));
  for (int i = 0; i < 100; ++i) REQUIRE(g.uniform() == other.uniform());
  CHECK(generator(sequence{7, stream::world, 3}).uniform() != generator(sequence{6, stream::world, 3}).uniform());
}
