// Observations: parts by name and by number, roles, sizes.
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/frame_stacker.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/state.hpp>

namespace {

using namespace iqnrl;
using seen = observation<part<"image", std::uint8_t, 2, 3, 4>, part<"floats", float, 5>, legal_actions<3, 2>,
                         field<"clock", double, 1>>;
using bare = observation<part<"state", double, 2>>;

}  // namespace

TEST_CASE("sizes, roles and names") {
  static_assert(seen::count == 4);
  static_assert(seen::input_size == 24 + 5);
  static_assert(seen::bytes == 24 + 5 * 4 + 6 + 8);
  static_assert(seen::has_legal && seen::legal_index == 2);
  static_assert(!bare::has_legal && bare::legal_index == bare::count);
  static_assert(seen::purposes[0] == role::input && seen::purposes[2] == role::legal &&
                seen::purposes[3] == role::field);
  static_assert(seen::find("clock") == 3 && seen::find("legal") == 2 && seen::find("nothing") == seen::count);
  static_assert(seen::part_at<0>::shape == std::array<std::size_t, 3>{2, 3, 4});
  static_assert(std::is_same_v<seen::part_at<3>::value_type, double>);
  CHECK(seen::names[1] == "floats");
}

TEST_CASE("a value starts at zero and gives its parts by name and by number") {
  seen::value v;
  for (const auto x : v.at<0>()) CHECK(x == 0);
  v.get<"floats">()[4] = 2.5F;
  v.get<"clock">()[0] = 7;
  CHECK(v.at<1>()[4] == 2.5F);
  const seen::value copy = v;
  CHECK(copy.at<3>()[0] == 7);
  CHECK(copy.get<"floats">()[4] == 2.5F);
  static_assert(std::is_const_v<std::remove_reference_t<decltype(copy.get<"floats">()[0])>>);
  static_assert(decltype(v.get<"image">())::extent == 24);
}

TEST_CASE("for_each_part visits each part once, in order") {
  std::vector<std::string_view> names;
  for_each_part<seen>([&](auto i) { names.push_back(seen::part_at<i>::name); });
  CHECK(names == std::vector<std::string_view>{"image", "floats", "legal", "clock"});
}

TEST_CASE_TEMPLATE("a stack keeps the newest frames of an episode", Stack, frame_stack<3, image<2, 1, 1>>,
                   frame_stack<3, image<2, 1, 1>, stack_padding::first>) {
  static_assert(Stack::name == "image" && Stack::size == 6 && Stack::purpose == role::input);
  static_assert(Stack::shape == std::array<std::size_t, 3>{6, 1, 1});
  using bytes = std::vector<int>;
  const auto shown = [](const frame_stacker<Stack>& s) {
    std::array<std::uint8_t, 6> out{};
    s.write(out);
    return bytes(out.begin(), out.end());
  };
  const auto frame = [](std::uint8_t x) { return std::array<std::uint8_t, 2>{x, static_cast<std::uint8_t>(x + 1)}; };
  constexpr bool zeros = Stack::padding == stack_padding::zeros;
  frame_stacker<Stack> s;
  for (int episode = 0; episode < 2; ++episode) {
    s.begin(frame(1));
    CHECK(shown(s) == (zeros ? bytes{0, 0, 0, 0, 1, 2} : bytes{1, 2, 1, 2, 1, 2}));
    s.push(frame(3));
    CHECK(shown(s) == (zeros ? bytes{0, 0, 1, 2, 3, 4} : bytes{1, 2, 1, 2, 3, 4}));
    s.push(frame(5));
    s.push(frame(7));
    CHECK(shown(s) == bytes{3, 4, 5, 6, 7, 8});
  }
  const snapshot saved = snapshot::of(s);
  s.begin(frame(1));
  saved.restore(s);
  CHECK(shown(s) == bytes{3, 4, 5, 6, 7, 8});
}
