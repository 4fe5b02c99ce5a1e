// The law of collates.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <iqnrl/contract/collate.hpp>
#include <iqnrl/contract/replay.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/replay/memory.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/observations.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace iqnrl::testing {

/// A replay that only keeps the set of items that may be drawn.
struct listing {
  using axis = iqnrl::axis::replay;
  struct config {
    schedule capacity = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t item) { items_.insert(item); }
    void remove(std::size_t item) { items_.erase(item); }
    void sample(const sequence&, std::uint64_t, std::span<std::size_t>, std::span<float>) {}
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    [[nodiscard]] bool has(std::size_t item) const { return items_.count(item) == 1; }
    template <class Visitor>
    void state(Visitor&) {}

   private:
    std::set<std::size_t> items_;
  };
};

/// Random episodes that end in each of the ways, stored by several worlds in turn, and samples of their steps.
template <class Collate, class Observation, std::size_t Slots>
class collate_trial {
 public:
  using memory_type = replay_memory<Observation, Slots, listing, Collate>;
  using batch_type = host_batch<Observation, Slots>;
  static constexpr std::size_t episodes = 20;
  static constexpr std::size_t actions = 4;

  /// Episode e goes to world e mod `worlds`; the worlds take turns, a step each.
  collate_trial(const typename Collate::config& config, std::size_t worlds)
      : memory_({.capacity = worlds * room}, config, worlds, actions) {
    std::vector<std::size_t> slot(worlds, 0);
    std::vector<std::size_t> episode(worlds);
    std::vector<std::size_t> step(worlds, 0);
    for (std::size_t w = 0; w < worlds; ++w) episode[w] = w;
    bool any = true;
    while (any) {
      any = false;
      for (std::size_t w = 0; w < worlds; ++w) {
        if (episode[w] >= episodes) continue;
        any = true;
        const bool last = step[w] + 1 == length(episode[w]);
        item_[{episode[w], step[w]}] = w * memory_.storage().per_world() + slot[w];
        push(w, episode[w], step[w], last ? end_of(episode[w]) : ending::none);
        slot[w] += last && end_of(episode[w]) == ending::truncated ? 2 : 1;
        ++step[w];
        if (last) {
          episode[w] += worlds;
          step[w] = 0;
        }
      }
    }
  }

  static std::size_t length(std::size_t episode) { return 1 + (7 * episode) % 9; }
  static ending end_of(std::size_t episode) {
    constexpr std::array ends{ending::terminal, ending::truncated, ending::broken};
    return ends[episode % 3];
  }

  /// Steps that may be drawn, as (episode, step), in order.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> drawable() const {
    std::vector<std::pair<std::size_t, std::size_t>> all;
    for (const auto& [where, item] : item_) {
      if (memory_.sampler().has(item)) all.push_back(where);
    }
    return all;
  }

  /// A batch of all of them, whose arrays held `before`, written in pieces of `piece` rows.
  [[nodiscard]] batch_type batch(float before, std::size_t piece) const {
    const auto steps = drawable();
    batch_type b;
    b.resize(steps.size());
    b.random = sequence{4, stream::replay, 1};
    b.clock = 1000;
    for (std::size_t row = 0; row < steps.size(); ++row) b.item[row] = item_.at(steps[row]);
    const auto fill = [before](auto&& all) {
      for (auto& x : all) x = static_cast<std::remove_reference_t<decltype(x)>>(before);
    };
    for_each_part<Observation>([&](auto i) {
      fill(b.template now<i>());
      fill(b.template next<i>());
    });
    fill(b.action);
    fill(b.reward);
    fill(b.discount);
    fill(b.steps);
    for (std::size_t row = 0; row < steps.size(); row += piece) {
      memory_.collate(row, std::min(piece, steps.size() - row), b);
    }
    return b;
  }

  [[nodiscard]] static bool same(const batch_type& a, const batch_type& b) {
    bool equal = a.action == b.action && a.reward == b.reward && a.discount == b.discount && a.steps == b.steps;
    for_each_part<Observation>([&](auto i) {
      const auto alike = [](const auto& x, const auto& y) {
        return std::equal(x.begin(), x.end(), y.begin(), y.end());
      };
      equal = equal && alike(a.template now<i>(), b.template now<i>());
      equal = equal && alike(a.template next<i>(), b.template next<i>());
    });
    return equal;
  }

 private:
  static constexpr std::size_t room = 250;  // slots of a world, more than all episodes take

  void push(std::size_t world, std::size_t episode, std::size_t step, ending end) {
    generator g(sequence{episode, stream::explore, step});
    action_of_slots<Slots> action{};
    if constexpr (Slots == 1) {
      action = static_cast<int>(g.below(actions));
    } else {
      for (int& a : action) a = static_cast<int>(g.below(actions));
    }
    const auto before = random_observation<Observation>(episode, step);
    const auto after = random_observation<Observation>(episode, step + 1);
    const auto reward = static_cast<float>(g.uniform(-1, 1));
    memory_.push(world, before, action, reward, end, g.below(2) == 0, &after);
  }

  memory_type memory_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> item_;  // of (episode, step)
};

/// Everything that must hold of a collate: all of a sample is written, finite, and the same however a batch is cut and
/// whichever world stored the steps, so no other episode has a part in it; a sample of m steps whose successor has a
/// value counts it by discount^m, one that reaches a terminal step by 0. `Observation` must have the parts that the
/// policy reads.
template <class Collate, class Observation = odd_world::observation, std::size_t Slots = 1>
void collate_laws(const typename Collate::config& config = {}) {
  static_assert(check_collate<Collate>());
  using trial = collate_trial<Collate, Observation, Slots>;
  const std::size_t horizon = Collate(config).horizon();
  DOCTEST_REQUIRE(horizon >= 1);
  const trial one(config, 1);
  const trial five(config, 5);
  const auto steps = one.drawable();
  DOCTEST_REQUIRE(steps == five.drawable());
  DOCTEST_REQUIRE(!steps.empty());
  const auto b = one.batch(1, 1000);
  DOCTEST_CHECK(trial::same(b, one.batch(2, 1000)));
  DOCTEST_CHECK(trial::same(b, one.batch(1, 7)));
  DOCTEST_CHECK(trial::same(b, five.batch(1, 1000)));

  double discount = -1;  // of one step
  for (std::size_t row = 0; row < steps.size(); ++row) {
    const auto [episode, step] = steps[row];
    const std::size_t left = trial::length(episode) - step - (trial::end_of(episode) == ending::broken ? 1 : 0);
    DOCTEST_REQUIRE((b.steps[row] >= 1 && b.steps[row] <= std::min(horizon, left)));
    DOCTEST_REQUIRE(is_finite(b.reward[row]));
    const bool over = b.steps[row] == left && trial::end_of(episode) == ending::terminal;
    if (over) DOCTEST_CHECK(b.discount[row] == 0);
    if (!over && b.steps[row] == 1) discount = static_cast<double>(b.discount[row]);
  }
  DOCTEST_CHECK((discount >= 0 && discount <= 1));
  for (std::size_t row = 0; row < steps.size(); ++row) {
    const auto [episode, step] = steps[row];
    if (trial::end_of(episode) == ending::terminal && b.steps[row] == trial::length(episode) - step) continue;
    DOCTEST_CHECK(static_cast<double>(b.discount[row]) ==
                  doctest::Approx(std::pow(discount, b.steps[row])).epsilon(1e-5));
  }
}

}  // namespace iqnrl::testing
