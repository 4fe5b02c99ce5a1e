#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/train/vector_world.hpp>

namespace {

using iqnrl::ending;

/// Counts up from a drawn number; its episodes have 1 to 6 steps and end in all three ways, both drawn at the start.
/// The reward is the number reached times the action.
struct counter {
  using observation = iqnrl::observation<iqnrl::part<"number", double, 1>, iqnrl::part<"steps", std::int32_t, 1>>;
  static constexpr std::size_t actions = 3;

  void reset(const iqnrl::generator& start) {
    iqnrl::generator random = start;
    number = random.uniform();
    left = static_cast<std::int32_t>(1 + random.below(6));
    end = static_cast<std::uint8_t>(1 + random.below(3));
    steps = 0;
  }
  void observe(observation::value& out) const {
    out.get<"number">()[0] = number;
    out.get<"steps">()[0] = steps;
  }
  iqnrl::outcome step(int action) {
    if (action == 2) throw std::runtime_error("the counter is stuck");
    number += 1;
    ++steps;
    --left;
    return {static_cast<float>(action * number), left == 0 ? static_cast<ending>(end) : ending::none};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v("number", number);
    v("left", left);
    v("steps", steps);
    v("end", end);
  }

  double number = 0;
  std::int32_t left = 0;
  std::int32_t steps = 0;
  std::uint8_t end = 0;
};

/// Takes blocks of two actions and has no state to show.
struct block_world {
  using observation = iqnrl::observation<iqnrl::part<"sum", float, 1>>;
  static constexpr std::size_t actions = 10;
  static constexpr std::size_t slots = 2;
  void reset(const iqnrl::generator&) { sum = 0; }
  void observe(observation::value& out) const { out.get<"sum">()[0] = sum; }
  iqnrl::outcome step(const std::array<int, 2>& block) {
    sum += static_cast<float>(10 * block[0] + block[1]);
    return {1.0F, ending::none};
  }
  float sum = 0;
};

int action_at(std::size_t world, std::uint64_t step) { return static_cast<int>((world + step / 2) % 2); }

double number_of(const counter::observation::value& o) { return o.get<"number">()[0]; }

std::vector<int> actions_at(std::size_t count, std::uint64_t step) {
  std::vector<int> actions(count);
  for (std::size_t i = 0; i < count; ++i) actions[i] = action_at(i, step);
  return actions;
}

template <class Worlds>
concept shows_state = requires(Worlds& w, iqnrl::detail::state_walker<iqnrl::detail::digest_sink>& v) {
  w.state(v);
};

}  // namespace

TEST_CASE("vector_world: each world does what a lone world does, episode after episode") {
  for (const iqnrl::stream base : {iqnrl::stream::world, iqnrl::stream::evaluation_world}) {
    constexpr std::size_t count = 5;
    iqnrl::vector_world<counter> worlds(counter{}, count, 42, base);
    REQUIRE(worlds.size() == count);

    std::vector<counter> alone(count);
    std::array<std::uint64_t, count> episode{};
    std::array<double, count> sum{};
    std::array<std::uint64_t, count> length{};
    std::array<int, 4> endings{};
    const auto begin = [&](std::size_t i) {
      alone[i].reset(iqnrl::generator(iqnrl::sequence{42, base + i, episode[i]++}));
      sum[i] = 0;
      length[i] = 0;
    };
    for (std::size_t i = 0; i < count; ++i) {
      begin(i);
      CHECK(number_of(worlds.observations()[i]) == alone[i].number);
    }
    for (std::uint64_t step = 0; step < 200; ++step) {
      const std::vector<int> actions = actions_at(count, step);
      const std::span<const iqnrl::step_result> results = worlds.step(actions);
      REQUIRE(results.size() == count);
      for (std::size_t i = 0; i < count; ++i) {
        CAPTURE(i);
        CAPTURE(step);
        const iqnrl::outcome expected = alone[i].step(actions[i]);
        sum[i] += static_cast<double>(expected.reward);
        ++length[i];
        CHECK(results[i].outcome.reward == expected.reward);
        CHECK(results[i].outcome.end == expected.end);
        CHECK(results[i].reset == (expected.end != ending::none));
        CHECK(results[i].episode_return == sum[i]);
        CHECK(results[i].episode_length == length[i]);
        ++endings[static_cast<std::size_t>(expected.end)];
        const double reached = alone[i].number;
        if (expected.end == ending::terminal || expected.end == ending::truncated) {
          CHECK(number_of(worlds.final_observation(i)) == reached);
        } else {
          CHECK_THROWS_AS((void)worlds.final_observation(i), iqnrl::shape_error);
        }
        if (expected.end != ending::none) begin(i);
        CHECK(number_of(worlds.observations()[i]) == alone[i].number);
        CHECK(worlds.observations()[i].get<"steps">()[0] == alone[i].steps);
        CHECK(worlds.at(i).left == alone[i].left);
      }
    }
    for (const int n : endings) CHECK(n > 10);
  }
}

TEST_CASE("vector_world: its memory stays where it is") {
  iqnrl::vector_world<counter> worlds(counter{}, 3, 1);
  const auto* observations = worlds.observations().data();
  const auto* results = worlds.results().data();
  for (std::uint64_t step = 0; step < 50; ++step) CHECK(worlds.step(actions_at(3, step)).data() == results);
  CHECK(worlds.observations().data() == observations);
}

TEST_CASE("vector_world: blocks of actions, and a world without visible state") {
  iqnrl::vector_world<block_world> worlds(block_world{}, 2, 1);
  const std::vector<std::array<int, 2>> actions{{1, 2}, {3, 4}};
  worlds.step(actions);
  worlds.step(actions);
  CHECK(worlds.observations()[0].get<"sum">()[0] == 24.0F);
  CHECK(worlds.observations()[1].get<"sum">()[0] == 68.0F);
  CHECK(worlds.results()[1].episode_return == 2.0);
  CHECK(shows_state<iqnrl::vector_world<counter>>);
  CHECK_FALSE(shows_state<iqnrl::vector_world<block_world>>);
}

TEST_CASE("vector_world: goes on from saved state as if nothing had happened") {
  iqnrl::vector_world<counter> worlds(counter{}, 4, 9);
  for (std::uint64_t step = 0; step < 23; ++step) worlds.step(actions_at(4, step));
  const std::uint64_t before = iqnrl::digest(worlds);
  const iqnrl::snapshot saved = iqnrl::snapshot::of(worlds);
  CHECK(iqnrl::digest(worlds) == before);

  iqnrl::vector_world<counter> other(counter{}, 4, 1234, iqnrl::stream::evaluation_world);
  saved.restore(other);
  for (std::size_t i = 0; i < 4; ++i) CHECK(number_of(other.observations()[i]) == number_of(worlds.observations()[i]));
  for (std::uint64_t step = 23; step < 60; ++step) {
    worlds.step(actions_at(4, step));
    other.step(actions_at(4, step));
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(number_of(other.observations()[i]) == number_of(worlds.observations()[i]));
      CHECK(other.results()[i].episode_return == worlds.results()[i].episode_return);
      CHECK(other.results()[i].episode_length == worlds.results()[i].episode_length);
    }
  }
  CHECK(iqnrl::digest(worlds) == iqnrl::digest(other));

  iqnrl::vector_world<counter> larger(counter{}, 5, 9);
  CHECK_THROWS_AS(saved.restore(larger), iqnrl::file_error);
}

TEST_CASE("vector_world: reset abandons every episode and starts the next one") {
  iqnrl::vector_world<counter> worlds(counter{}, 2, 3);
  worlds.reset();
  for (std::size_t i = 0; i < 2; ++i) {
    counter second;
    second.reset(iqnrl::generator(iqnrl::sequence{3, iqnrl::stream::world + i, 1}));
    CHECK(number_of(worlds.observations()[i]) == second.number);
    CHECK_FALSE(worlds.results()[i].reset);
  }
  CHECK(worlds.step(actions_at(2, 0))[0].episode_length == 1);
}

TEST_CASE("vector_world: an exception of a world passes through and leaves the documented state") {
  iqnrl::vector_world<counter> worlds(counter{}, 3, 5);
  const std::vector<double> before{worlds.at(0).number, worlds.at(1).number, worlds.at(2).number};
  CHECK_THROWS_WITH_AS(worlds.step(std::vector<int>{1, 2, 1}), "the counter is stuck", std::runtime_error);
  CHECK((worlds.at(0).number == before[0] + 1 || worlds.results()[0].reset));
  CHECK(worlds.at(1).number == before[1]);
  CHECK(worlds.at(2).number == before[2]);
  CHECK(number_of(worlds.observations()[2]) == before[2]);
  worlds.reset();
  CHECK(worlds.step(actions_at(3, 0)).size() == 3);
}

TEST_CASE("vector_world: wrong numbers are refused in one sentence and change nothing") {
  CHECK_THROWS_WITH_AS((iqnrl::vector_world<counter>(counter{}, 0, 1)),
                       "a vector of 0 worlds was asked for; ask for 1 to 65536", iqnrl::config_error);
  CHECK_THROWS_AS((iqnrl::vector_world<counter>(counter{}, 65537, 1)), iqnrl::config_error);
  CHECK_THROWS_AS((iqnrl::vector_world<counter>(counter{}, static_cast<std::size_t>(-1), 1)), iqnrl::config_error);
  iqnrl::vector_world<counter> worlds(counter{}, 2, 1);
  const std::uint64_t before = iqnrl::digest(worlds);
  CHECK_THROWS_WITH_AS(worlds.step(std::vector<int>{0, 0, 0}),
                       "3 actions were given to 2 worlds; give one action a world, in order", iqnrl::shape_error);
  CHECK_THROWS_AS(worlds.step({}), iqnrl::shape_error);
  CHECK_THROWS_WITH_AS((void)worlds.at(2), "world 2 was asked for; the worlds are numbered from 0 to 1",
                       iqnrl::shape_error);
  CHECK_THROWS_WITH_AS((void)worlds.final_observation(0),
                       "world 0 has no final observation: the last step ended no episode; ask only where an episode "
                       "ended terminal or truncated",
                       iqnrl::shape_error);
  CHECK(iqnrl::digest(worlds) == before);
}
