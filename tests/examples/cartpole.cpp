#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <cartpole/cartpole.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/io/safetensors.hpp>

namespace {

using example::cartpole;
using iqnrl::ending;

struct golden_episodes {
  static constexpr std::size_t steps = 500;
  iqnrl::io::safetensors file = iqnrl::io::safetensors::read(IQNRL_GOLDEN_DIR "/env_cartpole.safetensors");
  std::vector<double> start = file.get<double>("in.initial_state");
  std::vector<std::int64_t> action = file.get<std::int64_t>("in.action");
  std::vector<double> state = file.get<double>("out.state");
  std::vector<double> reward = file.get<double>("out.reward");
  std::vector<std::uint8_t> terminated = file.get<std::uint8_t>("out.terminated");
  std::vector<std::uint8_t> truncated = file.get<std::uint8_t>("out.truncated");
  std::vector<std::int64_t> length = file.get<std::int64_t>("out.length");

  [[nodiscard]] std::size_t count() const { return length.size(); }
  [[nodiscard]] cartpole::numbers state_of(std::size_t episode, std::size_t step) const {
    cartpole::numbers s{};
    for (std::size_t i = 0; i < 4; ++i) s[i] = state[(episode * (steps + 1) + step) * 4 + i];
    return s;
  }
};

double distance(const cartpole::numbers& a, const cartpole::numbers& b) {
  double largest = 0;
  for (std::size_t i = 0; i < 4; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

iqnrl::generator start_of(std::uint64_t seed, std::size_t world, std::uint64_t episode) {
  return iqnrl::generator(iqnrl::sequence{seed, iqnrl::stream::world + world, episode});
}

cartpole::numbers start_state(std::uint64_t seed, std::size_t world, std::uint64_t episode) {
  cartpole w;
  w.reset(start_of(seed, world, episode));
  return w.current_state();
}

template <class Error, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("cartpole: every single step of the golden episodes, from its stored state") {
  const golden_episodes golden;
  REQUIRE(golden.count() == 5);
  std::size_t terminal = 0;
  std::size_t truncated = 0;
  for (std::size_t e = 0; e < golden.count(); ++e) {
    const auto length = static_cast<std::size_t>(golden.length[e]);
    REQUIRE(length >= 1);
    for (std::size_t t = 0; t < length; ++t) {
      CAPTURE(e);
      CAPTURE(t);
      cartpole world;
      world.set_state(golden.state_of(e, t), static_cast<std::uint32_t>(t));
      const std::size_t at = e * golden_episodes::steps + t;
      const iqnrl::outcome answer = world.step(static_cast<int>(golden.action[at]));
      CHECK(distance(world.current_state(), golden.state_of(e, t + 1)) <= 1e-12);
      CHECK(static_cast<double>(answer.reward) == golden.reward[at]);
      const ending expected = golden.terminated[at] != 0  ? ending::terminal
                              : golden.truncated[at] != 0 ? ending::truncated
                                                          : ending::none;
      CHECK(answer.end == expected);
      CHECK(world.over() == (t + 1 == length));
      terminal += answer.end == ending::terminal ? 1 : 0;
      truncated += answer.end == ending::truncated ? 1 : 0;
    }
  }
  CHECK(terminal == 4);
  CHECK(truncated == 1);
}

TEST_CASE("cartpole: the golden episodes as a whole, as far as rounding lets them be followed") {
  const golden_episodes golden;
  for (std::size_t e = 0; e < golden.count(); ++e) {
    cartpole world;
    cartpole::numbers start{};
    for (std::size_t i = 0; i < 4; ++i) start[i] = golden.start[e * 4 + i];
    world.set_state(start);
    const auto length = static_cast<std::size_t>(golden.length[e]);
    for (std::size_t t = 0; t < std::min<std::size_t>(length, 150); ++t) {
      CAPTURE(e);
      CAPTURE(t);
      const std::size_t at = e * golden_episodes::steps + t;
      const iqnrl::outcome answer = world.step(static_cast<int>(golden.action[at]));
      CHECK(distance(world.current_state(), golden.state_of(e, t + 1)) <= 1e-8);
      CHECK((answer.end == ending::terminal) == (golden.terminated[at] != 0));
      CHECK(world.steps() == t + 1);
    }
    if (length <= 150) CHECK(world.over());
  }
}

TEST_CASE("cartpole: the first step of a world at rest, by hand") {
  // At rest and upright: temp = 10 / 1.1, theta'' = -temp / (0.5 (4/3 - 0.1/1.1)), x'' = temp - 0.05 theta'' / 1.1.
  cartpole world;
  world.set_state({0, 0, 0, 0});
  CHECK(world.step(1).reward == 1.0F);
  CHECK(world.current_state()[0] == 0.0);
  CHECK(world.current_state()[1] == doctest::Approx(0.19512195121951220).epsilon(1e-14));
  CHECK(world.current_state()[2] == 0.0);
  CHECK(world.current_state()[3] == doctest::Approx(-0.29268292682926830).epsilon(1e-14));
  world.set_state({0, 0, 0, 0});
  world.step(0);
  CHECK(world.current_state()[1] == doctest::Approx(-0.19512195121951220).epsilon(1e-14));
}

TEST_CASE("cartpole: an episode ends beyond the limits and not at them") {
  const double theta = 12 * 2 * 3.14159265358979323846 / 360;
  const auto end_after = [](const cartpole::numbers& s, std::uint32_t steps = 0) {
    cartpole world;
    world.set_state(s, steps);
    return world.step(1).end;
  };
  CHECK(end_after({2.4, 0, 0, 0}) == ending::none);
  CHECK(end_after({-2.4, 0, 0, 0}) == ending::none);
  CHECK(end_after({std::nextafter(2.4, 3.0), 0, 0, 0}) == ending::terminal);
  CHECK(end_after({-std::nextafter(2.4, 3.0), 0, 0, 0}) == ending::terminal);
  CHECK(end_after({0, 0, theta, 0}) == ending::none);
  CHECK(end_after({0, 0, -theta, 0}) == ending::none);
  CHECK(end_after({0, 0, std::nextafter(theta, 1.0), 0}) == ending::terminal);
  CHECK(end_after({0, 0, -std::nextafter(theta, 1.0), 0}) == ending::terminal);
  CHECK(end_after({0, 0, 0, 0}, 498) == ending::none);
  CHECK(end_after({0, 0, 0, 0}, 499) == ending::truncated);
  CHECK(end_after({2.5, 0, 0, 0}, 499) == ending::terminal);
}

TEST_CASE("cartpole: the agent sees the four numbers as floats") {
  cartpole world;
  world.set_state({0.1, -0.2, 0.03, 0.4});
  cartpole::observation::value seen;
  world.observe(seen);
  const auto s = seen.get<"state">();
  CHECK(s[0] == 0.1F);
  CHECK(s[1] == -0.2F);
  CHECK(s[2] == 0.03F);
  CHECK(s[3] == 0.4F);
}

TEST_CASE("cartpole: starts are uniform in [-0.05, 0.05), number by number") {
  constexpr std::size_t episodes = 4000;
  constexpr std::size_t bins = 20;
  std::array<std::array<double, bins>, 4> histogram{};
  std::array<std::array<double, 4>, 4> moment{};
  double lowest = 0;
  double highest = 0;
  for (std::size_t e = 0; e < episodes; ++e) {
    const cartpole::numbers s = start_state(7, 3, e);
    for (std::size_t i = 0; i < 4; ++i) {
      REQUIRE(s[i] >= -0.05);
      REQUIRE(s[i] < 0.05);
      lowest = std::min(lowest, s[i]);
      highest = std::max(highest, s[i]);
      histogram[i][static_cast<std::size_t>((s[i] + 0.05) / 0.1 * bins)] += 1;
      for (std::size_t k = 0; k < 4; ++k) moment[i][k] += s[i] * s[k] / episodes;
    }
  }
  CHECK(lowest < -0.0499);  // missed by all 16 000 numbers once in 10^6 tries
  CHECK(highest > 0.0499);
  const double variance = 0.1 * 0.1 / 12;
  for (std::size_t i = 0; i < 4; ++i) {
    double chi_square = 0;
    const double expected = static_cast<double>(episodes) / bins;
    for (const double n : histogram[i]) chi_square += (n - expected) * (n - expected) / expected;
    CHECK(chi_square < 50.8);  // exceeded once in 10^4 tries, 19 degrees of freedom
    for (std::size_t k = 0; k < i; ++k) CHECK(std::abs(moment[i][k]) / variance < 4 / std::sqrt(double{episodes}));
  }
}

TEST_CASE("cartpole: a start is a function of seed, world and episode") {
  const cartpole::numbers s = start_state(1, 0, 0);
  CHECK(s == start_state(1, 0, 0));
  CHECK(s != start_state(2, 0, 0));
  CHECK(s != start_state(1, 1, 0));
  CHECK(s != start_state(1, 0, 1));
}

TEST_CASE("cartpole: wrong calls are refused in one sentence and change nothing") {
  cartpole world;
  CHECK(message_of<iqnrl::error>([&] { world.step(0); }) ==
        "cartpole was stepped while no episode is running; call reset first");
  world.reset(start_of(1, 0, 0));
  const std::uint64_t before = iqnrl::digest(world);
  CHECK(message_of<iqnrl::shape_error>([&] { world.step(2); }) ==
        "cartpole was given action 2; give 0 to push left or 1 to push right");
  CHECK_THROWS_AS(world.step(-1), iqnrl::shape_error);
  CHECK_THROWS_AS(world.set_state({0, std::nan(""), 0, 0}), iqnrl::numeric_error);
  CHECK_THROWS_AS(world.set_state({0, 0, 0, std::numeric_limits<double>::infinity()}), iqnrl::numeric_error);
  CHECK(message_of<iqnrl::config_error>([&] {
          world.set_state({0, 0, 0, 0}, 500);
        }) == "cartpole was told that 500 steps are taken; its episodes have 500, give fewer than that");
  CHECK(iqnrl::digest(world) == before);
  while (!world.over()) world.step(1);
  CHECK_THROWS_AS(world.step(1), iqnrl::error);
  world.reset(start_of(1, 0, 1));
  CHECK(world.step(1).end == ending::none);
}

TEST_CASE("cartpole: all state is saved and restored") {
  cartpole world;
  world.reset(start_of(5, 0, 0));
  for (int i = 0; i < 8; ++i) world.step(i % 2);
  const iqnrl::snapshot saved = iqnrl::snapshot::of(world);
  CHECK(saved.entries().size() == 6);
  std::vector<double> first;
  while (!world.over()) {
    world.step(1);
    first.push_back(world.theta());
  }
  cartpole other;
  saved.restore(other);
  std::vector<double> second;
  while (!other.over()) {
    other.step(1);
    second.push_back(other.theta());
  }
  CHECK(first == second);
  CHECK(iqnrl::digest(world) == iqnrl::digest(other));
  saved.restore(world);
  CHECK_FALSE(world.over());
}
