// The sum tree against plain loops.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/sum_tree.hpp>

namespace {

using namespace iqnrl;
using replay::sum_tree;

std::size_t naive_find(const std::vector<double>& leaves, double mark) {
  double sum = 0;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    sum += leaves[i];
    if (sum > mark) return i;
  }
  return leaves.size();
}

}  // namespace

TEST_CASE("a million operations agree with a naive tree, exactly") {
  std::mt19937_64 random(7);
  std::size_t operations = 0;
  for (const std::size_t size : {1U, 2U, 3U, 5U, 8U, 13U, 31U, 64U, 100U}) {
    sum_tree tree(size);
    std::vector<double> leaves(size, 0.0);
    for (; operations % 111'112 != 111'111; ++operations) {
      // Whole numbers below 2^20: every sum is exact, so equality is the right test.
      const std::size_t i = random() % size;
      const auto value = static_cast<double>(random() % 3 == 0 ? 0 : random() % (1U << 20U));
      tree.set(i, value);
      leaves[i] = value;
      const double total = std::accumulate(leaves.begin(), leaves.end(), 0.0);
      REQUIRE(tree.total() == total);
      if (total > 0) {
        const auto mark = static_cast<double>(random() % static_cast<std::uint64_t>(total));
        REQUIRE(tree.find(mark) == naive_find(leaves, mark));
      }
    }
    ++operations;
  }
  CHECK(operations >= 1'000'000);
}

TEST_CASE("many at once are as many one by one") {
  std::mt19937_64 random(9);
  for (const std::size_t size : {1U, 2U, 7U, 64U, 1000U}) {
    sum_tree one(size), all(size);
    for (const std::size_t count : {0U, 1U, 3U, 64U, 65U, 200U}) {
      std::vector<std::size_t> index(count);
      std::vector<double> value(count);
      for (std::size_t k = 0; k < count; ++k) {
        index[k] = random() % size;  // they repeat, and are in no order
        value[k] = random() % 4 == 0 ? 0.0 : static_cast<double>(random() % 1000) / 7;
        one.set(index[k], value[k]);
      }
      all.set(index, value);
      for (std::size_t i = 0; i < size; ++i) REQUIRE(all.leaf(i) == one.leaf(i));
      REQUIRE(all.total() == one.total());
      if (!(one.total() > 0)) continue;
      std::vector<double> mark(count);
      for (double& m : mark) m = one.total() * static_cast<double>(random() % 1001) / 1000;  // the total itself, too
      std::vector<std::size_t> found(count);
      all.find(mark, found);
      for (std::size_t k = 0; k < count; ++k) REQUIRE(found[k] == one.find(mark[k]));
    }
  }
}

TEST_CASE("many at once are refused as one is") {
  sum_tree tree(4);
  std::vector<std::size_t> two(2);
  const std::vector<double> one{0.5}, bad{0.5, -1};
  CHECK_THROWS_AS(tree.find(bad, two), numeric_error);
  CHECK_THROWS_AS(tree.find(one, two), shape_error);
  CHECK_THROWS_AS(tree.find(std::vector<double>{0, 0}, two), numeric_error);  // all leaves are zero
  const double huge = std::numeric_limits<double>::max();
  const std::vector<std::size_t> index{1, 2};
  CHECK_THROWS_AS(tree.set(index, std::vector<double>{huge, huge}), numeric_error);
  CHECK(tree.leaf(1) == huge);
  CHECK(tree.leaf(2) == 0);
  CHECK(tree.total() == huge);
}

TEST_CASE("sums do not drift") {
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> exponent(-12, 12);
  sum_tree tree(1000);
  for (int k = 0; k < 300'000; ++k) tree.set(random() % 1000, std::pow(10.0, exponent(random)));
  sum_tree fresh(1000);
  for (std::size_t i = 0; i < 1000; ++i) fresh.set(i, tree.leaf(i));
  CHECK(tree.total() == fresh.total());
  for (std::size_t i = 0; i < 1000; ++i) tree.set(i, 0);
  CHECK(tree.total() == 0);
}

TEST_CASE("a zero leaf is never found, whatever the mark") {
  sum_tree tree(7);
  tree.set(2, 0.1);
  tree.set(4, 0.2);
  for (const double mark : {0.0, 0.05, 0.1, 0.2, tree.total(), std::nextafter(tree.total(), 1.0), 5.0, 1e300}) {
    const std::size_t found = tree.find(mark);
    CHECK(tree.leaf(found) > 0);
  }
  CHECK(tree.find(0) == 2);
  CHECK(tree.find(tree.total()) == 4);
  tree.set(4, 0);
  CHECK(tree.find(5.0) == 2);
}

TEST_CASE("bad numbers are refused and change nothing") {
  sum_tree tree(5);
  tree.set(1, 2.0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, infinity, -infinity, -1.0}) {
    CHECK_THROWS_AS(tree.set(1, bad), numeric_error);
    CHECK_THROWS_AS((void)tree.find(bad == infinity ? nan : bad), numeric_error);
  }
  CHECK_THROWS_AS(tree.set(5, 1.0), shape_error);
  CHECK_THROWS_AS((void)tree.leaf(5), shape_error);
  CHECK_THROWS_AS(sum_tree(0), config_error);
  CHECK_THROWS_AS((void)sum_tree(3).find(0), numeric_error);
  tree.set(0, 1e308);
  CHECK_THROWS_AS(tree.set(4, 1e308), numeric_error);
  CHECK(tree.leaf(4) == 0);
  tree.set(0, 0);
  CHECK(tree.total() == 2.0);

  const std::vector<std::size_t> index{0, 3, 0};
  tree.set(index, std::vector<double>{1.0, 4.0, 6.0});
  CHECK(tree.leaf(0) == 6.0);
  CHECK(tree.total() == 12.0);
  CHECK_THROWS_AS(tree.set(index, std::vector<double>{9.0, nan, 9.0}), numeric_error);
  CHECK_THROWS_AS(tree.set(index, std::vector<double>{9.0}), shape_error);
  CHECK(tree.total() == 12.0);
}

TEST_CASE("a restored tree is the same tree") {
  sum_tree tree(37);
  for (std::size_t i = 0; i < 37; ++i) tree.set(i, 1.0 / static_cast<double>(i + 1));
  const auto saved = snapshot::of(tree);
  sum_tree other(37);
  saved.restore(other);
  CHECK(digest(other) == digest(tree));
  CHECK(other.total() == tree.total());
  sum_tree larger(38);
  CHECK_THROWS_AS(saved.restore(larger), file_error);
}
