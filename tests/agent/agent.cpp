// The agent: calls in the wrong order, numbers that are not numbers, masks without an action, what is left untouched.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/child.hpp>
#include <support/frame_world.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

using plain_agent =
    agent<plain_world, sealed<backend::reference>, encoder::mlp<6>, conditioning::cosine<3>, head::plain<>>;
using odd_agent = agent<odd_world, encoder::mlp<6>, conditioning::cosine<3>, head::plain<>>;

template <class Agent>
typename Agent::config small_numbers() {
  typename Agent::config c;
  c.fractions = {4, 4, 4, 4};
  c.replay.capacity = 200;
  c.batch = 8;
  c.learning_starts = 20;
  return c;
}

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr float infinite = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("a step before an action, a world that does not exist, more worlds than planned") {
  context ctx{.threads = 1, .seed = 1};
  auto numbers = small_numbers<plain_agent>();
  numbers.worlds = 2;
  plain_agent a(ctx, numbers);
  const plain_world::observation::value seen{};
  CHECK(says(refusal<config_error>([&] { a.observe({}, seen); }),
             "world 0 was observed without an action before it; call act first"));
  CHECK(
      says(refusal<shape_error>([&] { a.observe(2, {}, seen); }), "world 2 does not exist; the agent was built for 2"));
  const std::vector<plain_world::observation::value> three(3);
  std::vector<int> action(3);
  CHECK(says(refusal<shape_error>([&] { a.act_batch(three, action); }),
             "3 observations and the agent was built for 2 worlds; set config.worlds"));
  CHECK_NOTHROW(a.act_batch(three, action, mode::greedy));
  std::vector<int> short_of(1);
  CHECK(says(refusal<shape_error>([&] { a.act_batch(three, short_of, mode::greedy); }), "3 observations, 1 actions"));
  CHECK(a.steps() == 0);
  (void)a.act(seen);
  a.observe({1, ending::none}, seen);
  CHECK(a.steps() == 1);
  CHECK_THROWS_AS(a.observe({1, ending::none}, seen), config_error);
  CHECK(a.steps() == 1);
}

TEST_CASE("nothing is learned before there is enough to learn from") {
  context ctx{.threads = 1, .seed = 1};
  plain_agent a(ctx, small_numbers<plain_agent>());
  episodes<plain_world> world(1);
  const std::uint64_t before = digest(a.learning());
  while (a.replay().size() < 19) {
    world.step(a);
    CHECK(a.replay().size() < 20);
    if (a.replay().size() < 20) CHECK_FALSE(a.learn().updated);
  }
  CHECK(digest(a.learning()) == before);
  while (a.replay().size() < 20) world.step(a);
  const learn_report report = a.learn();
  CHECK(report.updated);
  CHECK(report.updates == 1);
  CHECK(digest(a.learning()) != before);
}

TEST_CASE("a reward that is no number is refused and nothing is stored; the step can be given again") {
  context ctx{.threads = 1, .seed = 1};
  plain_agent a(ctx, small_numbers<plain_agent>());
  const plain_world::observation::value seen{};
  for (int i = 0; i < 3; ++i) {
    (void)a.act(seen);
    a.observe({1, ending::none}, seen);
  }
  (void)a.act(seen);
  const std::uint64_t before = digest(a);
  for (const float reward : {nan_value, infinite, -infinite}) {
    const std::string said = refusal<numeric_error>([&] { a.observe({reward, ending::none}, seen); });
    CHECK(says(said, "the reward of world 0 is"));
    CHECK(says(said, "must give finite rewards"));
    CHECK(digest(a) == before);
  }
  CHECK_NOTHROW(a.observe({1, ending::none}, seen));
  CHECK(a.steps() == 4);
}

TEST_CASE("an observation that is no number is refused and nothing is stored") {
  context ctx{.threads = 1, .seed = 1};
  plain_agent a(ctx, small_numbers<plain_agent>());
  const plain_world::observation::value seen{};
  plain_world::observation::value bad{};
  bad.at<0>()[2] = nan_value;
  (void)a.act(seen);
  std::uint64_t before = digest(a);
  for (const ending end : {ending::none, ending::truncated}) {
    CAPTURE(static_cast<int>(end));
    const std::string said = refusal<numeric_error>([&] { a.observe({1, end}, bad); });
    CHECK(says(said, "element 2"));
    CHECK(says(said, "`state`"));
    CHECK(digest(a) == before);
  }
  plain_agent b(ctx, small_numbers<plain_agent>());
  before = digest(b);
  for (const mode how : {mode::explore, mode::greedy}) {
    const std::string said = refusal<numeric_error>([&] { (void)b.act(bad, how); });
    CHECK(says(said, "element 2 of part `state` of observation 0 is nan"));
    CHECK(digest(b) == before);
  }
  CHECK_THROWS_AS(b.observe({1, ending::none}, seen), config_error);
}

TEST_CASE("an observation that allows no action is refused") {
  for (const mode how : {mode::explore, mode::greedy}) {
    const auto end = in_child([&] {
      context ctx{.threads = 1, .seed = 1};
      auto numbers = small_numbers<odd_agent>();
      numbers.explore.epsilon = 1.0;
      odd_agent a(ctx, numbers);
      odd_world::observation::value seen{};
      auto legal = seen.get<"legal">();
      for (std::size_t i = 0; i < 10; ++i) legal[i] = 1;
      try {
        (void)a.act(seen, how);
        return 1;
      } catch (const error&) {
        return 0;
      }
    });
    CHECK(end.signal == 0);
    CHECK(end.status == 0);
  }
}

TEST_CASE("greedy acts leave the training as it was") {
  context ctx{.threads = 2, .seed = 1};
  odd_agent a(ctx, small_numbers<odd_agent>());
  odd_agent b(ctx, small_numbers<odd_agent>());
  episodes<odd_world> world(1);
  episodes<odd_world> twin(1);
  for (int i = 0; i < 60; ++i) {
    for (int k = 0; k < i % 3; ++k) (void)a.act(world.seen(), mode::greedy);
    (void)a.acting().values(world.seen());
    world.step(a);
    a.learn();
    twin.step(b);
    b.learn();
  }
  CHECK(a.updates() > 20);
  CHECK(digest(a.learning()) == digest(b.learning()));
  CHECK(digest(a.replay()) == digest(b.replay()));
}

TEST_CASE("a greedy act draws nothing: uniform fractions become midpoints, however many acts came before") {
  using encoder_type = encoder::mlp<6>;
  using drawn = agent<plain_world, encoder_type, conditioning::cosine<3>, head::plain<>>;
  using fixed = agent<plain_world, encoder_type, conditioning::cosine<3>, head::plain<>, fractions::midpoints<4>>;
  context ctx{.threads = 1, .seed = 1};
  drawn a(ctx, small_numbers<drawn>());
  typename fixed::config numbers;
  numbers.replay.capacity = 200;
  fixed b(ctx, numbers);
  const plain_world::observation::value seen{};
  const auto expected = b.acting().values(seen);
  CHECK(a.acting().values(seen) == expected);
  const auto before = digest(a.acting());
  for (int i = 0; i < 3; ++i) (void)a.act(seen, mode::greedy);
  CHECK(digest(a.acting()) == before);
  (void)a.act(seen);
  CHECK(digest(a.acting()) != before);
  CHECK(a.acting().values(seen) == expected);
}

TEST_CASE("noisy layers: fresh noise for every act that explores, none in a greedy one") {
  using agent_type = agent<plain_world, backend::reference, encoder::mlp<6>, conditioning::cosine<3>,
                           head::plain_with<nn::noisy_dense, 8>, explore::noisy>;
  auto numbers = small_numbers<agent_type>();
  numbers.head.scale = 5;
  context ctx{.threads = 1, .seed = 1};
  agent_type a(ctx, numbers);
  const plain_world::observation::value seen{};
  const int best = a.act(seen, mode::greedy);
  const auto values = a.acting().values(seen);
  std::array<int, 3> taken{};
  for (int i = 0; i < 50; ++i) ++taken.at(static_cast<std::size_t>(a.act(seen)));
  CHECK(std::count(taken.begin(), taken.end(), 0) < 2);
  CHECK(a.act(seen, mode::greedy) == best);
  CHECK(a.acting().values(seen) == values);

  using quiet = agent<plain_world, backend::reference, encoder::mlp<6>, explore::noisy>;
  CHECK(says(refusal<config_error>([&] { quiet b(ctx, small_numbers<quiet>()); }),
             "the agent explores by the noise of its network, and the network has none"));
}

TEST_CASE("acting never advances what prepare advances") {
  using agent_type = agent<plain_world, odd::stateful<1>, conditioning::cosine<3>, head::plain<>>;
  context ctx{.threads = 1, .seed = 1};
  agent_type a(ctx, small_numbers<agent_type>());
  const auto state = [&] { return host_of(a.learning().dev(), a.learning().online()->state()); };
  const auto before = state();
  (void)a.act({}, mode::greedy);
  (void)a.act({});
  CHECK(state() == before);
}

TEST_CASE("actions of a batch: the same for any number of threads, each allowed") {
  std::vector<odd_world::observation::value> seen;
  odd_world world;
  for (std::uint64_t i = 0; i < 300; ++i) {
    world.reset(generator(sequence{1, stream::world, i}));
    world.observe(seen.emplace_back());
  }
  std::vector<std::vector<std::array<int, 3>>> all;
  for (const std::size_t threads : {1U, 2U, 8U}) {
    context ctx{.threads = threads, .seed = 1};
    auto numbers = small_numbers<odd_agent>();
    numbers.worlds = 300;
    numbers.replay.capacity = 2000;
    numbers.explore.epsilon = 0.5;
    odd_agent a(ctx, numbers);
    auto& action = all.emplace_back(300);
    a.act_batch(seen, action);
    for (std::size_t i = 0; i < 300; ++i) {
      for (std::size_t s = 0; s < 3; ++s) {
        REQUIRE(seen[i].get<"legal">()[s * 5 + static_cast<std::size_t>(action[i][s])] == 1);
      }
    }
  }
  CHECK(all[0] == all[1]);
  CHECK(all[0] == all[2]);
}

TEST_CASE("capacity and learning_starts follow the steps observed") {
  context ctx{.threads = 1, .seed = 1};
  auto numbers = small_numbers<plain_agent>();
  numbers.replay.capacity = schedule::steps({{0, 60}, {80, 30}});
  numbers.learning_starts = schedule::steps({{0, 20}, {50, 40}, {80, 10}});
  plain_agent a(ctx, numbers);
  episodes<plain_world> world(1);
  for (std::uint64_t step = 1; step <= 100; ++step) {
    world.step(a);
    const std::size_t starts = step < 50 ? 20 : step < 80 ? 40 : 10;
    CHECK(a.learn().updated == (a.replay().size() >= starts));
    CHECK(a.replay().storage().filled() <= (step < 80 ? 60 : 30));
  }
  CHECK(a.replay().storage().filled() == 30);
  numbers.learning_starts = 0.5;
  CHECK(says(refusal<config_error>([&] { plain_agent(ctx, numbers); }), "learning_starts is 0.5"));
}

TEST_CASE("an agent learns from stacks of frames what the newest frame does not show") {
  using stack_agent = agent<frame_world, encoder::mlp<32>, conditioning::cosine<4>, head::plain<>>;
  context ctx{.threads = 1, .seed = 1};
  auto numbers = small_numbers<stack_agent>();
  numbers.collate.discount = 0;
  numbers.optimizer.rate = 0.01;
  stack_agent a(ctx, numbers);
  episodes<frame_world> training(1);
  for (int i = 0; i < 400; ++i) {
    training.step(a);
    (void)a.learn();
  }
  frame_world world;
  float reward = 0;
  for (std::uint64_t episode = 0; episode < 10; ++episode) {
    world.reset(generator(sequence{2, stream::world, episode}));
    frame_world::observation::value seen;
    outcome result;
    while (result.end == ending::none) {
      world.observe(seen);
      result = world.step(a.act(seen, mode::greedy));
      reward += result.reward;
    }
  }
  CHECK(reward >= 68);
}

TEST_CASE("a snapshot of an agent with other numbers is refused, and nothing changes") {
  context ctx{.threads = 1, .seed = 1};
  plain_agent a(ctx, small_numbers<plain_agent>());
  const snapshot saved = snapshot::of(a);
  auto numbers = small_numbers<plain_agent>();
  numbers.replay.capacity = 201;
  plain_agent b(ctx, numbers);
  episodes<plain_world> world(1);
  for (int i = 0; i < 30; ++i) world.step(b);
  const std::uint64_t before = digest(b);
  CHECK(says(refusal<file_error>([&] { saved.restore(b); }), "replay.storage."));
  CHECK(digest(b) == before);
  odd_agent c(ctx, small_numbers<odd_agent>());
  CHECK_THROWS_AS(saved.restore(c), file_error);
}
