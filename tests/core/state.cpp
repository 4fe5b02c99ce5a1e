// The state visitor: digests see every bit and name, snapshots restore or refuse as a whole; errors; finiteness.
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/backend/device.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;
using B = sealed<backend::reference>;

struct inner {
  std::array<double, 3> numbers{1, 2, 3};
  template <class Visitor>
  void state(Visitor& v) {
    v("numbers", std::span<double>(numbers));
  }
};

struct thing {
  device<B> dev{};
  tensor<B, float, 2> matrix{dev, {2, 3}, {1, 2, 3, 4, 5, 6}};
  std::uint32_t count = 7;
  bool flag = true;
  inner part{};
  std::string name = "count";
  template <class Visitor>
  void state(Visitor& v) {
    v("matrix", dev, matrix.out());
    v(name, count);
    v("flag", flag);
    v("part", part);
  }
};

struct longer {
  thing first{};
  std::array<float, 4> more{};
  template <class Visitor>
  void state(Visitor& v) {
    first.state(v);
    v("more", std::span<float>(more));
  }
};

struct resized {
  std::uint64_t count = 5;
  template <class Visitor>
  void state(Visitor& v) {
    v("count", count);
  }
};

}  // namespace

TEST_CASE("a digest changes with every bit and every name") {
  thing a;
  thing b;
  const std::uint64_t same = digest(a);
  CHECK(digest(b) == same);
  b.count = 8;
  CHECK(digest(b) != same);
  b = thing{};
  b.flag = false;
  CHECK(digest(b) != same);
  b.flag = true;
  b.part.numbers[2] = std::nextafter(3.0, 4.0);
  CHECK(digest(b) != same);
  b.part.numbers[2] = 3;
  CHECK(digest(b) == same);
  b.matrix.set({1, 2, 3, 4, 5, 7});
  CHECK(digest(b) != same);
  b.matrix.set({1, 2, 3, 4, 5, 6});
  b.name = "total";
  CHECK(digest(b) != same);
}

TEST_CASE("a snapshot is a copy, by path, and restores all of it") {
  thing a;
  a.count = 99;
  a.part.numbers = {4, 5, 6};
  a.matrix.set({6, 5, 4, 3, 2, 1});
  const snapshot saved = snapshot::of(a);
  CHECK(saved.entries().size() == 4);
  CHECK(saved.entries().at("part.numbers").size() == 24);
  CHECK(saved.entries().at("matrix").size() == 24);
  thing b;
  saved.restore(b);
  CHECK(digest(a) == digest(b));
  CHECK(b.count == 99);
  CHECK(b.matrix.get() == std::vector<float>{6, 5, 4, 3, 2, 1});
}

TEST_CASE("a snapshot of something else is refused, and nothing changes") {
  thing source;
  source.count = 1000;
  const snapshot saved = snapshot::of(source);
  const auto refusal = [&](auto& object) {
    const std::uint64_t before = digest(object);
    std::string said;
    try {
      saved.restore(object);
    } catch (const file_error& e) {
      said = e.what();
    }
    CHECK(digest(object) == before);
    return said;
  };
  longer bigger;
  CHECK(refusal(bigger).find("no entry `more`") != std::string::npos);
  thing renamed;
  renamed.name = "total";
  CHECK(refusal(renamed).find("no entry `total`") != std::string::npos);
  inner other;
  CHECK(refusal(other).find("no entry `numbers`") != std::string::npos);
  resized wide;
  const std::string said = refusal(wide);
  CHECK(said.find("`count`") != std::string::npos);
  CHECK(said.find("4 bytes") != std::string::npos);
  CHECK(said.find("needs 8") != std::string::npos);
}

TEST_CASE("finite and NaN by the bits") {
  const auto check = []<class T>(T) {
    using limits = std::numeric_limits<T>;
    for (const T x : {T(0), T(-0.0), T(1), limits::max(), limits::lowest(), limits::denorm_min()}) {
      CHECK(is_finite(x));
      CHECK_FALSE(is_nan(x));
    }
    for (const T x : {limits::infinity(), -limits::infinity()}) {
      CHECK_FALSE(is_finite(x));
      CHECK_FALSE(is_nan(x));
    }
    for (const T x : {limits::quiet_NaN(), -limits::quiet_NaN(), limits::signaling_NaN()}) {
      CHECK_FALSE(is_finite(x));
      CHECK(is_nan(x));
    }
  };
  check(1.0F);
  check(1.0);
  CHECK(is_finite(std::uint8_t{255}));
  CHECK_FALSE(is_nan(std::uint8_t{255}));
  static_assert(!is_finite(std::numeric_limits<float>::infinity()));
}

TEST_CASE("require throws what it is told, with the numbers in the text") {
  CHECK_NOTHROW(require<config_error>(true, "never {}", 1));
  try {
    require<shape_error>(false, "{} is {} and at most {} fit", "batch", 7, 3.5);
    FAIL("nothing was thrown");
  } catch (const error& e) {
    CHECK(std::string(e.what()) == "batch is 7 and at most 3.5 fit");
  }
  static_assert(std::is_base_of_v<error, config_error> && std::is_base_of_v<error, memory_error> &&
                std::is_base_of_v<error, file_error> && std::is_base_of_v<error, numeric_error>);
}
