// n-step windows against plain lists of episodes, and golden cases.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/io/safetensors.hpp>
#include <iqnrl/replay/memory.hpp>

namespace {

using namespace iqnrl;

/// A replay policy of a user's own: it draws the drawable items one after the other, so that a batch of size() is all
/// of them.
struct every_item {
  using axis = iqnrl::axis::replay;
  struct config {
    std::size_t capacity = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t item) { REQUIRE(items_.insert(item).second); }
    void remove(std::size_t item) { items_.erase(item); }
    void sample(const sequence&, std::uint64_t, std::span<std::size_t> index, std::span<float> weight) {
      auto next = items_.begin();
      for (std::size_t k = 0; k < index.size(); ++k) {
        if (next == items_.end()) next = items_.begin();
        index[k] = *next++;
        weight[k] = 1;
      }
    }
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    template <class Visitor>
    void state(Visitor&) {}

   private:
    std::set<std::size_t> items_;
  };
};

using seen = observation<part<"id", std::uint64_t, 1>, part<"pair", float, 2>>;
using memory = replay_memory<seen, 2, every_item>;

seen::value observe(std::uint64_t id) {
  seen::value v;
  v.at<0>()[0] = id;
  v.at<1>()[0] = static_cast<float>(id % 1000);
  v.at<1>()[1] = -static_cast<float>(id % 777);
  return v;
}

struct plain_step {
  std::uint64_t id;
  std::array<int, 2> action;
  float reward;
  bool greedy;
};
struct plain_episode {
  std::vector<plain_step> steps;
  std::uint64_t final_id = 0;
  ending end = ending::none;
};
/// What a slot of a ring must hold: a step of an episode, or a final observation (step == nothing).
struct plain_slot {
  std::size_t number;  // in the order of writing, over the world's whole life
  std::size_t episode;
  std::optional<std::size_t> step;
};
struct plain_world {
  std::vector<plain_episode> episodes{1};
  std::deque<plain_slot> ring;
  std::size_t written = 0;
};
struct expectation {
  plain_step now;
  std::uint64_t next;
  double reward;
  double discount;
  std::uint32_t steps;
  std::size_t position;
  std::optional<std::uint64_t> to_end;
};

std::optional<expectation> expected(const plain_episode& e, std::size_t at, std::size_t n, double gamma) {
  // Steps with a known reward and successor: all of an ended episode but a broken last one, all but the newest of an
  // open one.
  const bool ended = e.end == ending::terminal || e.end == ending::truncated;
  const std::size_t known = ended ? e.steps.size() : e.steps.size() - 1;
  if (at >= known || (e.end == ending::none && at + n > known)) return {};
  expectation x{e.steps[at], 0, 0, 1, 0, at, {}};
  for (std::size_t k = at; k < std::min(at + n, known); ++k) {
    x.reward += x.discount * static_cast<double>(e.steps[k].reward);
    x.discount *= gamma;
    ++x.steps;
  }
  const std::size_t then = at + x.steps;
  if (then < e.steps.size()) {
    x.next = e.steps[then].id;
  } else if (e.end == ending::truncated) {
    x.next = e.final_id;
  } else {
    x.next = e.steps.back().id;
    x.discount = 0;
  }
  if (ended) x.to_end = e.steps.size() - at;
  return x;
}

void compare(memory& m, const std::vector<plain_world>& worlds, std::size_t n, double gamma) {
  std::map<std::size_t, expectation> truth;
  const std::size_t ring = m.storage().per_world();
  for (std::size_t w = 0; w < worlds.size(); ++w) {
    for (const plain_slot& slot : worlds[w].ring) {
      if (!slot.step) continue;
      if (const auto x = expected(worlds[w].episodes[slot.episode], *slot.step, n, gamma)) {
        truth.emplace(w * ring + slot.number % ring, *x);
      }
    }
  }
  REQUIRE(m.size() == truth.size());
  if (truth.empty()) return;
  memory::batch_type batch;
  m.sample({}, 0, m.size(), batch);
  m.collate(0, m.size(), batch);
  std::size_t row = 0;
  std::size_t wrong = 0;
  for (const auto& [item, x] : truth) {
    const auto window = m.storage().window(item);
    const seen::value now = observe(x.now.id);
    const seen::value next = observe(x.next);
    const bool right =
        batch.item[row] == item && batch.action[2 * row] == x.now.action[0] &&
        batch.action[2 * row + 1] == x.now.action[1] && batch.reward[row] == static_cast<float>(x.reward) &&
        batch.discount[row] == static_cast<float>(x.discount) && batch.steps[row] == x.steps &&
        batch.now<0>()[row] == x.now.id && batch.next<0>()[row] == x.next &&
        batch.now<1>()[2 * row + 1] == now.at<1>()[1] && batch.next<1>()[2 * row] == next.at<1>()[0] &&
        window.position() == x.position && window.greedy(0) == x.now.greedy && window.steps_to_end() == x.to_end &&
        window.length() == x.steps && window.has_bootstrap() == (x.discount != 0);
    wrong += right ? 0 : 1;
    ++row;
  }
  REQUIRE(wrong == 0);
}

}  // namespace

TEST_CASE("a hundred thousand random episodes in 1 to 16 interleaved worlds, rings wrapping around") {
  std::mt19937_64 random(11);
  std::size_t episodes = 0;
  std::size_t endings[4]{};
  std::size_t wrapped = 0;
  for (std::size_t count = 1; count <= 16; ++count) {
    const std::size_t n = 1 + random() % 5;
    const std::size_t ring = n + 2 + random() % 30;
    const double gamma = 0.97;
    // A capacity that the worlds do not divide: each gets the same whole number of slots.
    memory m({.capacity = ring * count + random() % count}, {.steps = n, .discount = gamma}, count, 7);
    REQUIRE(m.storage().per_world() == ring);
    std::vector<plain_world> worlds(count);
    std::uint64_t id = 0;
    std::uint64_t pushes = 0;
    const std::size_t goal = episodes + 6250;
    while (episodes < goal) {
      const std::size_t w = random() % count;
      plain_world& world = worlds[w];
      const auto record = [&](std::optional<std::size_t> step) {
        world.ring.push_back({world.written++, world.episodes.size() - 1, step});
        if (world.ring.size() > ring) {
          world.ring.pop_front();
          ++wrapped;
        }
      };
      plain_episode& open = world.episodes.back();
      if (!open.steps.empty() && random() % 40 == 0) {
        m.interrupt(w);
        open.end = ending::broken;
      } else {
        const plain_step step{++id,
                              {static_cast<int>(random() % 7), static_cast<int>(random() % 7)},
                              static_cast<float>(static_cast<double>(random() % 2001) / 1000.0 - 1.0),
                              random() % 2 == 0};
        const ending end = random() % 6 != 0 ? ending::none : static_cast<ending>(1 + random() % 3);
        const seen::value after = observe(++id);
        m.push(w, observe(step.id), step.action, step.reward, end, step.greedy,
               end == ending::truncated ? &after : nullptr);
        open.steps.push_back(step);
        open.end = end;
        record(open.steps.size() - 1);
        if (end == ending::truncated) {
          open.final_id = id;
          record({});
        }
      }
      if (open.end != ending::none) {
        ++endings[static_cast<std::size_t>(open.end)];
        ++episodes;
        world.episodes.emplace_back();
      }
      if (++pushes % (5 + count) == 0) compare(m, worlds, n, gamma);
    }
    compare(m, worlds, n, gamma);
  }
  CHECK(episodes == 100'000);
  CHECK(wrapped > 100'000);
  for (std::size_t e = 1; e < 4; ++e) CHECK(endings[e] > 10'000);
}

TEST_CASE("golden: n_step*") {
  using numbered = observation<part<"id", std::int64_t, 1>>;
  for (const std::string name : {"n_step", "n_step_1", "n_step_5"}) {
    CAPTURE(name);
    const auto file = io::safetensors::read(std::string(IQNRL_GOLDEN_DIR) + "/" + name + ".safetensors");
    const auto n = static_cast<std::size_t>(std::stoul(file.metadata().at("n")));
    const double gamma = std::stod(file.metadata().at("gamma"));
    const auto reward = file.get<double>("in.reward");
    const auto terminated = file.get<std::uint8_t>("in.terminated");
    const auto truncated = file.get<std::uint8_t>("in.truncated");
    const auto value = file.get<double>("out.return");
    const auto discount = file.get<double>("out.discount");
    const auto steps = file.get<std::int64_t>("out.steps");
    const auto last = file.get<std::int64_t>("out.last");
    const auto terminal = file.get<std::uint8_t>("out.terminal");
    const auto valid = file.get<std::uint8_t>("out.valid");

    replay_memory<numbered, 1, every_item> m({.capacity = 1000}, {.steps = n, .discount = gamma}, 1, 0);
    std::vector<std::size_t> item(reward.size());
    std::size_t slot = 0;
    for (std::size_t t = 0; t < reward.size(); ++t) {
      numbered::value before;
      numbered::value after;
      before.at<0>()[0] = static_cast<std::int64_t>(t);
      after.at<0>()[0] = static_cast<std::int64_t>(t + 1000);
      const ending end = terminated[t] != 0 ? ending::terminal : truncated[t] != 0 ? ending::truncated : ending::none;
      m.push(0, before, 0, static_cast<float>(reward[t]), end, true, &after);
      item[t] = slot;
      slot += end == ending::truncated ? 2 : 1;
    }
    // The observation after the recording's last step comes with a step that is no part of it.
    numbered::value beyond;
    beyond.at<0>()[0] = static_cast<std::int64_t>(reward.size());
    m.push(0, beyond, 0, 0, ending::none, true, nullptr);
    host_batch<numbered, 1> batch;
    m.sample({}, 0, m.size(), batch);
    m.collate(0, m.size(), batch);
    std::map<std::size_t, std::size_t> row_of_item;
    for (std::size_t row = 0; row < batch.size(); ++row) row_of_item[batch.item[row]] = row;
    std::size_t checked = 0;
    for (std::size_t t = 0; t < reward.size(); ++t) {
      CHECK(row_of_item.count(item[t]) == valid[t]);
      if (valid[t] == 0) continue;
      ++checked;
      const std::size_t row = row_of_item[item[t]];
      const auto sum = collate::discounted(m.storage().window(item[t]), gamma, n);
      CHECK(std::abs(sum.reward - value[t]) <= 1e-11);
      CHECK(std::abs(sum.discount - (terminal[t] != 0 ? 0.0 : discount[t])) <= 1e-11);
      CHECK(sum.steps == static_cast<std::size_t>(steps[t]));
      CHECK(batch.reward[row] == doctest::Approx(value[t]).epsilon(1e-6));
      CHECK(batch.now<0>()[row] == static_cast<std::int64_t>(t));
      const auto end = static_cast<std::size_t>(last[t]);
      const std::int64_t next = last[t] + (terminal[t] != 0 ? 0 : truncated[end] != 0 ? 1000 : 1);
      CHECK(batch.next<0>()[row] == next);
    }
    CHECK(checked == m.size());
    CHECK(checked > 20);
  }
}

TEST_CASE("the discount is the schedule's at the moment of drawing") {
  using number = observation<part<"x", float, 1>>;
  replay_memory<number, 1> m({.capacity = 20}, {.steps = 2, .discount = schedule::steps({{0, 0.5}, {100, 1.0}})}, 1, 1);
  for (int i = 0; i < 3; ++i) m.push(0, {}, 0, 1.0F, ending::none, true, nullptr);
  CHECK(m.size() == 1);
  host_batch<number, 1> batch;
  m.sample({.seed = 1, .purpose = stream::replay, .step = 0}, 99, 1, batch);
  m.collate(0, 1, batch);
  CHECK(batch.reward[0] == 1.5F);
  CHECK(batch.discount[0] == 0.25F);
  m.sample({.seed = 1, .purpose = stream::replay, .step = 1}, 100, 1, batch);
  m.collate(0, 1, batch);
  CHECK(batch.reward[0] == 2.0F);
  CHECK(batch.discount[0] == 1.0F);
}

TEST_CASE("numbers that make no sense") {
  CHECK_THROWS_AS(collate::n_step({.steps = 0}), config_error);
  CHECK_THROWS_AS(collate::n_step({.discount = 1.01}), config_error);
  CHECK_THROWS_AS(collate::n_step({.discount = schedule::linear({{0, 0.9}, {5, -0.1}})}), config_error);
}
