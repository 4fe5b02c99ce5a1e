// storage, sampler and collate together: slices, snapshots, allocations, policies of a user's own.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/memory.hpp>
#include <iqnrl/replay/prioritized.hpp>

namespace {

using namespace iqnrl;

std::atomic<std::size_t> allocations{0};

using seen = observation<part<"floats", float, 5>, part<"image", std::uint8_t, 3, 4>, field<"potential", double, 1>>;

void* counted(std::size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes == 0 ? 1 : bytes)) return p;
  throw std::bad_alloc();
}

/// Pushes random steps, the same ones for the same number.
template <class Memory>
void fill(Memory& m, std::uint64_t number, int steps) {
  std::mt19937_64 random(number);
  typename Memory::value before;
  typename Memory::value after;
  for (int i = 0; i < steps; ++i) {
    for (float& x : before.template at<0>()) x = static_cast<float>(random() % 1000) / 100;
    for (std::uint8_t& x : before.template at<1>()) x = static_cast<std::uint8_t>(random());
    before.template at<2>()[0] = static_cast<double>(random() % 1000);
    after = before;
    const auto end = random() % 9 != 0 ? ending::none : static_cast<ending>(1 + random() % 3);
    m.push(random() % m.worlds(), before, static_cast<int>(random() % 4), static_cast<float>(random() % 10), end, true,
           &after);
  }
}

template <class Batch>
bool same(Batch& a, Batch& b) {
  const auto equal = [](auto x, auto y) { return std::vector(x.begin(), x.end()) == std::vector(y.begin(), y.end()); };
  return a.item == b.item && a.weight == b.weight && a.reward == b.reward && a.discount == b.discount &&
         a.steps == b.steps && a.action == b.action && equal(a.template now<0>(), b.template now<0>()) &&
         equal(a.template next<0>(), b.template next<0>()) && equal(a.template now<1>(), b.template now<1>()) &&
         equal(a.template next<2>(), b.template next<2>());
}

/// A collate of a user's own: shapes the reward by the potential, edits an observation, draws a number.
struct shaped {
  using axis = iqnrl::axis::collate;
  struct config {
    double gain = 1;
  };
  explicit shaped(const config& c) : gain(c.gain) {}
  [[nodiscard]] std::size_t horizon() const { return 2; }
  template <class Window, class Sample>
  void operator()(const Window& w, std::uint64_t, Sample& out) const {
    const auto sum = collate::discounted(w, 0.5, 2);
    collate::write_sample(w, sum, out);
    if constexpr (Window::observation_type::count == 3) {
      out.reward += static_cast<float>(gain * w.template observation<2>(0)[0]);
      out.template now<0>()[0] = static_cast<float>(out.uniform(0));
    }
  }
  double gain;
};

sequence draw_number(std::uint64_t step) { return {.seed = 3, .purpose = stream::replay, .step = step}; }

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE_TEMPLATE("snapshot and restore: the same draws, the same batches", Replay, replay::uniform,
                   replay::prioritized) {
  using memory = replay_memory<seen, 1, Replay>;
  const typename Replay::config config{.capacity = 300};
  memory a(config, {.steps = 3}, 4, 4);
  fill(a, 1, 1000);
  typename memory::batch_type x;
  a.sample(draw_number(0), 0, 32, x);
  const std::vector<float> priority(32, 2.5F);
  a.update(x.item, priority, priority);
  const auto saved = snapshot::of(a);

  memory b(config, {.steps = 3}, 4, 4);
  fill(b, 2, 137);
  saved.restore(b);
  CHECK(digest(a) == digest(b));
  typename memory::batch_type y;
  for (std::uint64_t step = 1; step < 50; ++step) {
    fill(a, step, 7);
    fill(b, step, 7);
    a.sample(draw_number(step), step, 32, x);
    b.sample(draw_number(step), step, 32, y);
    a.collate(0, 32, x);
    b.collate(0, 32, y);
    REQUIRE(same(x, y));
    REQUIRE(a.size() == b.size());
  }
  CHECK(digest(a) == digest(b));
  memory other({.capacity = 304}, {.steps = 3}, 4, 4);
  CHECK_THROWS_AS(saved.restore(other), file_error);
}

TEST_CASE("a batch may be written slice by slice") {
  using memory = replay_memory<seen, 1>;
  memory m({.capacity = 300}, {.steps = 2}, 3, 4);
  fill(m, 5, 500);
  memory::batch_type whole;
  memory::batch_type slices;
  m.sample(draw_number(0), 0, 33, whole);
  m.sample(draw_number(0), 0, 33, slices);
  m.collate(0, 33, whole);
  m.collate(20, 13, slices);
  m.collate(0, 8, slices);
  m.collate(8, 12, slices);
  CHECK(same(whole, slices));
  CHECK_THROWS_AS(m.collate(30, 4, whole), shape_error);
  CHECK_THROWS_AS(m.collate(34, 0, whole), shape_error);
}

TEST_CASE_TEMPLATE("nothing is allocated once a batch has its memory", Replay, replay::uniform, replay::prioritized) {
  using memory = replay_memory<seen, 1, Replay>;
  memory m({.capacity = 200}, {.steps = 3}, 4, 4);
  typename memory::batch_type batch;
  batch.reserve(64);
  fill(m, 1, 50);
  const std::vector<float> priority(64, 1.0F);
  const std::size_t before = allocations;
  for (std::uint64_t step = 0; step < 100; ++step) {
    fill(m, step, 20);
    const std::size_t count = 1 + step % 64;
    m.sample(draw_number(step), step, count, batch);
    m.collate(0, count, batch);
    m.update(batch.item, std::span(priority).first(count), std::span(priority).first(count));
    if (step % 10 == 9) m.interrupt(step % 4);
  }
  CHECK(allocations == before);
  batch.reserve(65);
  CHECK(allocations > before);
}

TEST_CASE("nor where stacks of frames are put together") {
  using stack = frame_stack<3, image<1, 2, 2>>;
  using memory = replay_memory<observation<stack>, 1>;
  memory m({.capacity = 50}, {.steps = 2}, 1, 4);
  memory::batch_type batch;
  batch.reserve(16);
  frame_stacker<stack> frames;
  memory::value before;
  memory::value after;
  frames.write(before.at<0>());
  const std::size_t allocated = allocations;
  for (std::uint8_t step = 1; step < 200; ++step) {
    const std::array<std::uint8_t, 4> frame{step, 1, 2, 3};
    frames.push(frame);
    frames.write(after.at<0>());
    m.push(0, before, 0, 1, step % 20 == 0 ? ending::truncated : ending::none, true, &after);
    if (step % 20 == 0) {
      frames.begin(frame);
      frames.write(after.at<0>());
    }
    before = after;
    if (m.size() == 0) continue;
    m.sample(draw_number(step), step, 16, batch);
    m.collate(0, 16, batch);
  }
  CHECK(allocations == allocated);
}

TEST_CASE("a collate of a user's own reads fields, edits observations and draws numbers") {
  using memory = replay_memory<seen, 1, replay::uniform, shaped>;
  memory m({.capacity = 100}, {.gain = 2}, 1, 4);
  fill(m, 6, 90);
  memory::batch_type batch;
  m.sample(draw_number(4), 0, 16, batch);
  m.collate(0, 16, batch);
  for (std::size_t row = 0; row < 16; ++row) {
    const auto w = m.storage().window(batch.item[row]);
    double sum = w.reward(0) + (w.length() > 1 ? 0.5 * static_cast<double>(w.reward(1)) : 0.0);
    sum += 2 * w.observation<2>(0)[0];
    CHECK(batch.reward[row] == doctest::Approx(sum).epsilon(1e-6));
    CHECK(batch.now<0>()[row * 5] >= 0);
    CHECK(batch.now<0>()[row * 5] < 1);
    CHECK((row == 0 || batch.now<0>()[row * 5] != batch.now<0>()[0]));
    CHECK(batch.now<0>()[row * 5 + 1] == w.observation<0>(0)[1]);
  }
}

TEST_CASE("asking too early or for too much") {
  using memory = replay_memory<seen, 1>;
  memory m({.capacity = 10}, {}, 1, 4);
  memory::batch_type batch;
  CHECK_THROWS_AS(m.sample(draw_number(0), 0, 4, batch), config_error);
  m.push(0, {}, 0, 1, ending::terminal, true, nullptr);
  CHECK(m.size() == 1);
  CHECK_THROWS_AS(m.sample(draw_number(0), 0, 0, batch), config_error);
  CHECK_THROWS_AS(m.sample(draw_number(0), 0, std::size_t{1} << 50U, batch), memory_error);
  m.sample(draw_number(0), 0, 4, batch);
  m.collate(0, 4, batch);
  CHECK(batch.discount[3] == 0);
  CHECK(m.bytes() > 10 * seen::bytes);
  CHECK_THROWS_AS(memory({.capacity = 2}, {}, 1, 4), config_error);
  CHECK_THROWS_AS(memory({.capacity = std::size_t{1} << 50U}, {}, 1, 4), memory_error);
  CHECK_THROWS_AS(memory({}, {.steps = 0}, 1, 4), config_error);
}
