// Stacks of frames: what a replay puts together from single frames is what the world showed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/memory.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/testing/collate_laws.hpp>
#include <iqnrl/testing/refusal.hpp>

namespace {

using namespace iqnrl;
using testing::listing;
using testing::refusal;

/// A replay of stacks of K frames of two bytes, beside one that keeps whole stacks.
template <class Replay, std::size_t K, stack_padding Padding>
class stack_trial {
 public:
  using stack = frame_stack<K, part<"image", std::uint8_t, 1, 2>, Padding>;
  using seen = observation<part<"id", std::uint64_t, 1>, stack>;
  using memory = replay_memory<seen, 1, Replay>;

  stack_trial(std::size_t worlds, std::size_t n, const schedule& capacity, std::uint64_t seed)
      : n_(n),
        capacity_(capacity),
        ring_(static_cast<std::size_t>(capacity.max()) / worlds),
        random_(seed),
        worlds_(worlds),
        memory_({.capacity = capacity}, {.steps = n}, worlds, 1) {}

  void step() {
    const std::size_t w = random_() % worlds_.size();
    plain_world& world = worlds_[w];
    plain_episode& open = world.episodes.back();
    if (!open.shown.empty() && random_() % 40 == 0) {
      memory_.interrupt(w);
      open.end = ending::broken;
    } else {
      if (open.shown.empty()) show(open);
      open.end = random_() % 6 != 0 ? ending::none : static_cast<ending>(1 + random_() % 3);
      const typename seen::value before = open.shown.back();
      open.steps = open.shown.size();
      record(world);
      show(open);
      memory_.push(w, before, 0, 1, open.end, true,
                   random_() % 2 == 0 || open.end == ending::truncated ? &open.shown.back() : nullptr);
      if (open.end == ending::truncated) record(world);
      ++clock_;
    }
    if (open.end != ending::none) world.episodes.emplace_back();
    memory_.advance(clock_);
    std::size_t alive = 0;
    for (plain_world& each : worlds_) {
      forget(each);
      alive += each.ring.size();
    }
    REQUIRE(memory_.storage().filled() == alive);
  }

  /// Exactly the steps whose windows and stacks are complete may be drawn, and their stacks are what was shown.
  void compare() {
    std::map<std::size_t, pair> truth;
    for (std::size_t w = 0; w < worlds_.size(); ++w) {
      std::size_t older = 0;
      for (const plain_slot& slot : worlds_[w].ring) {
        add(truth, w * ring_ + slot.number % ring_, worlds_[w].episodes[slot.episode], slot.position, older++);
      }
    }
    REQUIRE(memory_.size() == truth.size());
    if (truth.empty()) return;
    typename memory::batch_type batch;
    if constexpr (std::is_same_v<Replay, listing>) {
      batch.resize(truth.size());
      std::size_t row = 0;
      for (const auto& [item, x] : truth) batch.item[row++] = item;
    } else {
      memory_.sample({.seed = 1, .purpose = stream::replay, .step = ++draws_}, 0, 50, batch);
    }
    memory_.collate(0, batch.size(), batch);
    std::size_t wrong = 0;
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const auto x = truth.find(batch.item[row]);
      const auto stack_of = [row](auto all) { return all.subspan(row * 2 * K, 2 * K); };
      const bool right = x != truth.end() && batch.template now<0>()[row] == x->second.now.template at<0>()[0] &&
                         std::ranges::equal(stack_of(batch.template now<1>()), x->second.now.template at<1>()) &&
                         std::ranges::equal(stack_of(batch.template next<1>()), x->second.next.template at<1>());
      wrong += right ? 0 : 1;
    }
    REQUIRE(wrong == 0);
  }

  /// Goes on with the replay of a snapshot, where the sampler has a state.
  void restore() {
    if (std::is_same_v<Replay, listing>) return;
    const snapshot saved = snapshot::of(memory_);
    memory fresh({.capacity = capacity_}, {.steps = n_}, worlds_.size(), 1);
    saved.restore(fresh);
    CHECK(digest(fresh) == digest(memory_));
    memory_ = std::move(fresh);
  }

 private:
  struct pair {
    typename seen::value now;
    typename seen::value next;
  };
  struct plain_episode {
    std::vector<typename seen::value> shown;
    std::vector<std::array<std::uint8_t, 2>> frames;
    std::size_t steps = 0;
    ending end = ending::none;
  };
  struct plain_slot {
    std::size_t number;
    std::size_t episode;
    std::size_t position;
  };
  struct plain_world {
    std::vector<plain_episode> episodes{1};
    std::deque<plain_slot> ring{};
    std::size_t written = 0;
  };

  /// The next observation of an episode, its stack made anew from all its frames.
  void show(plain_episode& e) {
    e.frames.push_back({static_cast<std::uint8_t>(random_()), static_cast<std::uint8_t>(random_())});
    typename seen::value v;
    v.template at<0>()[0] = ++id_;
    for (std::size_t i = 0; i < K; ++i) {
      const std::size_t before = K - 1 - i;
      const bool missing = before >= e.frames.size();
      if (missing && Padding == stack_padding::zeros) continue;
      const auto& frame = missing ? e.frames.front() : e.frames[e.frames.size() - 1 - before];
      std::copy(frame.begin(), frame.end(), v.template at<1>().subspan(2 * i).begin());
    }
    e.shown.push_back(v);
  }

  void record(plain_world& world) {
    const plain_episode& e = world.episodes.back();
    world.ring.push_back({world.written++, world.episodes.size() - 1, e.shown.size() - 1});
    forget(world);
  }

  void forget(plain_world& world) const {
    while (world.ring.size() > static_cast<std::size_t>(capacity_(clock_)) / worlds_.size()) world.ring.pop_front();
  }

  void add(std::map<std::size_t, pair>& truth, std::size_t item, const plain_episode& e, std::size_t at,
           std::size_t older) const {
    const bool ended = e.end == ending::terminal || e.end == ending::truncated;
    const std::size_t known = ended ? e.steps : e.steps - 1;
    if (at >= known || (e.end == ending::none && at + n_ > known)) return;
    if (older < std::min(K - 1, at)) return;
    const std::size_t then = std::min(at + n_, known);
    const bool over = e.end == ending::terminal && then == known;
    truth[item] = {e.shown[at], e.shown[over ? then - 1 : then]};
  }

  std::size_t n_;
  schedule capacity_;
  std::size_t ring_;
  std::mt19937_64 random_;
  std::vector<plain_world> worlds_;
  memory memory_;
  std::uint64_t id_ = 0;
  std::uint64_t clock_ = 0;
  std::uint64_t draws_ = 0;
};

/// Trials with 1 to 16 worlds. `schedule_of(capacity, steps)` gives the schedule of the replay, capacity(k) being the
/// least that it accepts and k slots more for each world.
template <class Replay, std::size_t K, stack_padding Padding, class ScheduleOf>
void try_stacks(const ScheduleOf& schedule_of) {
  CAPTURE(K);
  std::mt19937_64 random(K);
  for (const std::size_t worlds : {1U, 2U, 3U, 7U, 16U}) {
    const std::size_t n = 1 + random() % 5;
    const std::size_t steps = 300 * worlds;
    const auto capacity = [&](std::size_t more_slots) {
      return static_cast<double>(worlds * (n + K + 1 + more_slots));
    };
    stack_trial<Replay, K, Padding> t(worlds, n, schedule_of(capacity, steps), random());
    for (std::size_t i = 0; i < steps; ++i) {
      t.step();
      if (i % (3 + worlds) == 0) t.compare();
      if (i == steps / 2) t.restore();
    }
    t.compare();
  }
}

using small = observation<part<"speed", float, 1>, frame_stack<3, part<"image", std::uint8_t, 1, 2>>>;
using repeated = observation<frame_stack<3, floats<1>, stack_padding::first>>;

struct marks {
  void ready(std::size_t) {}
  void remove(std::size_t) {}
};

small::value show(const std::array<std::uint8_t, 6>& frames) {
  small::value v;
  std::copy(frames.begin(), frames.end(), v.get<"image">().begin());
  return v;
}

}  // namespace

TEST_CASE("stacks are put together as they were shown, and those that lost a frame are not drawn") {
  const auto constant = [](const auto& capacity, std::size_t steps) { return schedule(capacity(steps % 19)); };
  try_stacks<listing, 1, stack_padding::zeros>(constant);
  try_stacks<listing, 2, stack_padding::zeros>(constant);
  try_stacks<listing, 3, stack_padding::zeros>(constant);
  try_stacks<listing, 4, stack_padding::first>(constant);
  try_stacks<listing, 5, stack_padding::zeros>(constant);
  try_stacks<replay::uniform, 4, stack_padding::zeros>(constant);
  try_stacks<replay::prioritized, 3, stack_padding::first>(constant);
}

TEST_CASE("a capacity that falls and rises: the newest slots are alive") {
  const auto stairs = [](const auto& capacity, std::size_t steps) {
    return schedule::steps(
        {{0, capacity(20)}, {steps / 4, capacity(0)}, {steps / 3, capacity(30)}, {steps, capacity(60)}});
  };
  const auto lines = [](const auto& capacity, std::size_t steps) {
    return schedule::linear({{10, capacity(0)}, {steps / 2, capacity(40)}, {steps, capacity(7)}});
  };
  try_stacks<listing, 1, stack_padding::zeros>(lines);
  try_stacks<listing, 3, stack_padding::zeros>(stairs);
  try_stacks<replay::uniform, 4, stack_padding::zeros>(lines);
  try_stacks<replay::prioritized, 3, stack_padding::first>(stairs);
}

TEST_CASE("frames that do not continue the stored ones are refused, and nothing is stored") {
  replay::storage<small, 1> s(2, 40, 2);
  marks m;
  const auto push = [&](const std::array<std::uint8_t, 6>& frames, ending end = ending::none,
                        const small::value* after = nullptr) { s.push(1, show(frames), 0, 0, end, true, after, m); };
  const auto bad = [&](const std::string& sentence, const auto&... arguments) {
    const auto before = digest(s);
    CHECK(refusal<config_error>([&] { push(arguments...); }) == sentence);
    CHECK(digest(s) == before);
  };
  const std::string cure =
      "; let iqnrl::frame_stacker keep the world's stack, and call `interrupt` where an episode is cut off";
  using six = std::array<std::uint8_t, 6>;
  bad("frame 1 of the stack `image` of world 1 is not zeros, which stand before an episode's first frame" + cure,
      six{0, 0, 7, 7, 7, 7});
  push({0, 0, 0, 0, 1, 2});
  bad("frame 1 of the stack `image` of world 1 is not the frame that was newest 1 step before" + cure,
      six{0, 0, 0, 0, 1, 2});
  push({0, 0, 1, 2, 3, 4});
  bad("frame 0 of the stack `image` of world 1 is not the frame that was newest 2 steps before" + cure,
      six{1, 1, 3, 4, 5, 6});
  const auto wrong = show({3, 4, 5, 5, 7, 8});
  bad("frame 1 of the stack `image` of world 1 is not the frame that was newest 1 step before" + cure,
      six{1, 2, 3, 4, 5, 6}, ending::truncated, &wrong);
  const auto right = show({3, 4, 5, 6, 7, 8});
  push({1, 2, 3, 4, 5, 6}, ending::truncated, &right);

  replay::storage<repeated, 1> r(1, 40, 2);
  repeated::value v;
  v.at<0>()[2] = 0.5F;
  CHECK(refusal<config_error>([&] { r.push(0, v, 0, 0, ending::none, true, nullptr, m); }) ==
        "frame 1 of the stack `floats` of world 0 is not the episode's first frame, which stands in place of those "
        "before it" +
            cure);
}

TEST_CASE("an item whose stack has lost a frame has no window") {
  replay::storage<small, 1> s(1, 8, 2);
  marks m;
  frame_stacker<small::part_at<1>> frames;
  for (std::uint8_t i = 0; i < 10; ++i) {
    const std::array<std::uint8_t, 2> frame{i, i};
    i == 0 ? frames.begin(frame) : frames.push(frame);
    small::value v;
    frames.write(v.get<"image">());
    s.push(0, v, 0, 0, ending::none, true, nullptr, m);
  }
  std::array<std::uint8_t, 6> out{};
  s.window(4).copy<1>(0, out);
  CHECK(out == std::array<std::uint8_t, 6>{2, 2, 3, 3, 4, 4});
  CHECK(refusal<shape_error>([&] { (void)s.window(3); }) ==
        "item 3 was asked for and has lost older frames of its stack");
}

TEST_CASE("a step costs the bytes of one frame") {
  using screen = observation<frame_stack<4, image<1, 84, 84>>>;
  static_assert(screen::sizes[0] == 4 * 84 * 84 && screen::part_at<0>::scale == pixels::unit);
  static_assert(screen::part_at<0>::shape == std::array<std::size_t, 3>{4, 84, 84});
  const replay_memory<screen, 1, replay::prioritized> m({.capacity = 100}, {.steps = 3}, 1, 18);
  CHECK(static_cast<double>(m.bytes()) <= 1.02 * 100 * 84 * 84);
  CHECK(m.storage().bytes() > 100 * 84 * 84);
}

TEST_CASE("rings have room for a window and the frames before it") {
  using storage = replay::storage<small, 1>;
  CHECK_NOTHROW(storage(2, 14, 3));
  CHECK(refusal<config_error>([] { storage(2, 13, 3); }) ==
        "a replay capacity of 13 leaves 6 steps to each of 2 worlds and windows of 3 steps of stacks of 3 frames need "
        "7; raise replay.capacity");
  CHECK(refusal<config_error>([] {
          storage(1, schedule::steps({{0, 100}, {5, 6}}), 3);
        }).starts_with("a replay capacity of 6 leaves 6 steps to each of 1 worlds"));
  CHECK(refusal<config_error>([] {
          storage(1, schedule::steps({{0, 100}, {5, 20.5}}), 3);
        }) ==
        "replay.capacity is steps(0: 100, 5: 20.5), which takes the value 20.5; give whole numbers from 1 to 2^53");
}
