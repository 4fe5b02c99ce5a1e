// The law of replays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <iqnrl/contract/replay.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/doctest.hpp>

namespace iqnrl::testing {

/// A sampler with the set of items that may be drawn beside it, driven by random calls.
template <class Replay>
class replay_trial {
 public:
  static constexpr std::size_t items = 23;
  using sampler = typename Replay::sampler;

  explicit replay_trial(const typename Replay::config& config) : sampler_(config, items) {}
  /// A fresh sampler that is to be restored to where `other` is.
  replay_trial(const typename Replay::config& config, const replay_trial& other)
      : sampler_(config, items), drawable_(other.drawable_) {}

  /// Makes an item drawable or takes it away, as the random number says.
  void change(generator& g) {
    const std::size_t item = g.below(items);
    if (g.below(3) != 0) {
      sampler_.ready(item);
      drawable_.insert(item);
      DOCTEST_REQUIRE(sampler_.size() >= 1);
    } else {
      remove(item);
    }
    DOCTEST_REQUIRE(sampler_.size() <= drawable_.size());
  }
  void remove(std::size_t item) {
    sampler_.remove(item);
    drawable_.erase(item);
  }
  void clear() {
    for (std::size_t item = 0; item < items; ++item) remove(item);
  }

  /// What draw number `step` draws, all of it drawable, with the weights in `weight`.
  std::vector<std::size_t> draw(std::uint64_t step, std::vector<float>& weight) {
    std::vector<std::size_t> index(1 + step % 17, items);
    weight.assign(index.size(), -1.0F);
    sampler_.sample(sequence{5, stream::replay, step}, step, index, weight);
    for (const std::size_t i : index) DOCTEST_REQUIRE(drawable_.count(i) == 1);
    for (const float w : weight) DOCTEST_REQUIRE((is_finite(w) && w >= 0));
    return index;
  }

  /// Gives drawn items errors, some of them 0.
  void correct(const std::vector<std::size_t>& index, generator& g) {
    std::vector<float> absolute(index.size());
    std::vector<float> difference(index.size());
    for (std::size_t k = 0; k < index.size(); ++k) {
      absolute[k] = g.below(4) == 0 ? 0.0F : static_cast<float>(g.uniform(0, 10));
      difference[k] = absolute[k] / 2;
    }
    sampler_.update(index, absolute, difference);
  }

  [[nodiscard]] sampler& own() { return sampler_; }
  [[nodiscard]] bool ready() const { return sampler_.size() > 0; }

 private:
  sampler sampler_;
  std::set<std::size_t> drawable_;
};

/// Everything that must hold of a replay: it draws items that may be drawn, however they came and went, with weights in
/// (0, 1], or at least 0 with `free_weights`; `size` counts no more than there are, and none when all are gone; a
/// restored sampler draws the same.
template <class Replay>
void replay_laws(typename Replay::config config = {}, bool free_weights = false) {
  static_assert(check_replay<Replay>());
  using trial = replay_trial<Replay>;
  config.capacity = trial::items;
  trial a(config);
  DOCTEST_CHECK(a.own().size() == 0);
  generator g(sequence{3, stream::world, 1});
  std::vector<float> weight;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    a.change(g);
    if (!a.ready()) continue;
    const auto index = a.draw(step, weight);
    for (const float w : weight) DOCTEST_REQUIRE((free_weights || (w > 0 && w <= 1)));
    a.correct(index, g);
  }

  const snapshot saved = snapshot::of(a.own());
  trial b(config, a);
  saved.restore(b.own());
  DOCTEST_CHECK(b.own().size() == a.own().size());
  generator h = g;
  for (std::uint64_t step = 0; step < 100; ++step) {
    a.change(g);
    b.change(h);
    if (!a.ready()) continue;
    std::vector<float> other;
    const auto index = a.draw(step, weight);
    DOCTEST_REQUIRE(b.draw(step, other) == index);
    DOCTEST_REQUIRE(other == weight);
    a.correct(index, g);
    b.correct(index, h);
  }
  DOCTEST_CHECK(digest(a.own()) == digest(b.own()));
  a.clear();
  DOCTEST_CHECK(a.own().size() == 0);
}

}  // namespace iqnrl::testing
