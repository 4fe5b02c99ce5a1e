// Augmentations: the law of each, and where the pixels of an image go.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/augment/image.hpp>
#include <iqnrl/testing/augment_laws.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

using seen_world = observation<floats<2>, image<2, 5, 7>, legal_actions<3>>;
constexpr image_shape in{2, 5, 7};

/// What `Augment` makes of one image whose pixels are numbered, with these numbers.
template <class Augment>
std::vector<std::uint8_t> made(const typename Augment::config& config, double row, double column) {
  using layer = typename Augment::template bind<observation<image<2, 5, 7>>>;
  const device<backend::reference> dev;
  arena<backend::reference> memory(dev, 4096, "a test");
  forward_pass<backend::reference, double> p{dev, {}, memory};
  std::array<std::uint8_t, in.size()> pixels{};
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i + 1);
  const view<std::uint8_t, 2> x = memory.take<std::uint8_t, 2>({1, in.size()});
  dev.upload(std::span<const std::uint8_t>(pixels), x);
  const std::array<double, 2> numbers{row, column};
  const view<double, 2> u = memory.take<double, 2>({1, 2});
  dev.upload(std::span<const double>(numbers), u);
  return host_of(dev, std::get<0>(layer(config)(p, {x}, view<const double, 2>(u))));
}

}  // namespace

TEST_CASE("the law of augmentations") {
  augment_laws<augment::none>();
  augment_laws<augment::random_shift<>, seen_world>({.pixels = 2});
  augment_laws<augment::random_shift<augment::edge::zero>, seen_world>({.pixels = 4});
  augment_laws<augment::random_shift<>, seen_world>({.pixels = 0});
  augment_laws<augment::random_crop<3, 7>, seen_world>();
  augment_laws<odd::summed>();
}

TEST_CASE("a shift moves every channel by a whole number of pixels, and 1/2 does not move it") {
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t c = 0; c < 5; ++c) {
      const auto number = [](std::size_t choice) { return (static_cast<double>(choice) + 0.5) / 5; };
      const auto near = made<augment::random_shift<>>({.pixels = 2}, number(r), number(c));
      const auto zero = made<augment::random_shift<augment::edge::zero>>({.pixels = 2}, number(r), number(c));
      for (std::size_t i = 0; i < in.size(); ++i) {
        const int y = static_cast<int>(i / in.width % in.height + r) - 2;
        const int x = static_cast<int>(i % in.width + c) - 2;
        const int inside_y = std::clamp(y, 0, 4);
        const int inside_x = std::clamp(x, 0, 6);
        const auto expected = static_cast<std::uint8_t>(i / in.area() * in.area() +
                                                        static_cast<std::size_t>(inside_y * 7 + inside_x) + 1);
        CHECK(near[i] == expected);
        CHECK(zero[i] == (y == inside_y && x == inside_x ? expected : 0));
      }
    }
  }
  CHECK(made<augment::random_shift<>>({.pixels = 2}, 0.5, 0.5) == made<augment::random_shift<>>({.pixels = 0}, 0, 0));
}

TEST_CASE("a crop is a part of the image: every one as often, with 1/2 the one in the middle") {
  std::map<std::uint8_t, int> first;
  for (int i = 0; i < 15; ++i) {
    for (int k = 0; k < 15; ++k) {
      const auto cut = made<augment::random_crop<3, 5>>({}, (i + 0.5) / 15, (k + 0.5) / 15);
      REQUIRE(cut.size() == 2 * 3 * 5);
      ++first[cut[0]];
      for (std::size_t p = 0; p < cut.size(); ++p) CHECK(cut[p] == cut[0] + p / 15 * 35 + p % 15 / 5 * 7 + p % 5);
    }
  }
  CHECK(first.size() == 9);
  for (const auto& [pixel, times] : first) CHECK(times == 25);
  CHECK(made<augment::random_crop<3, 5>>({}, 0.5, 0.5)[0] == 1 + 7 + 1);
}

TEST_CASE("a shift that leaves nothing of the image is refused") {
  using bound = augment::random_shift<>::bind<observation<image<2, 5, 7>>>;
  CHECK(says(refusal<config_error>([] { const bound b({.pixels = 5}); }),
             "augment.pixels is 5 and the image has 5 x 7 pixels; a shift must leave something of it to be seen"));
}
