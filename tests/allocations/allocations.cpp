// Nothing is allocated by act, act_batch, observe and learn once an agent is built. This program replaces malloc (where
// no sanitizer has done so) and counts.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#ifdef IQNRL_OWN_XTENSOR
#include <iqnrl/backend/xtensor.hpp>
#endif
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/image_world.hpp>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define IQNRL_TEST_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define IQNRL_TEST_OWN_MALLOC 0
#else
#define IQNRL_TEST_OWN_MALLOC 1
#endif
#else
#define IQNRL_TEST_OWN_MALLOC 1
#endif

namespace {
std::atomic<std::size_t> allocations{0};
}

#if IQNRL_TEST_OWN_MALLOC

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t each) {
  ++allocations;
  return __libc_calloc(count, each);
}
void* realloc(void* p, std::size_t bytes) {
  ++allocations;
  return __libc_realloc(p, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t bytes) {
  ++allocations;
  *p = __libc_memalign(alignment, bytes);
  return *p == nullptr ? 12 : 0;
}
}

#else

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* p = std::malloc(bytes == 0 ? 1 : bytes)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t bytes) { return ::operator new(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  ++allocations;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (bytes + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return ::operator new(bytes, alignment); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

#endif

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// Allocations while f runs.
template <class F>
std::size_t counted(const F& f) {
  const std::size_t before = allocations;
  f();
  return allocations - before;
}

/// What each call of an agent in four worlds allocates, over some steps and updates.
template <class Agent>
void check_allocations(typename Agent::config numbers, std::size_t threads) {
  using world_type = typename Agent::world_type;
  constexpr std::size_t worlds = 4;
  numbers.worlds = worlds;
  numbers.learning_starts = 8;
  context ctx{.threads = threads, .seed = 2};
  Agent agent(ctx, numbers);
  std::vector<world_type> world(worlds);
  std::vector<typename Agent::observation_value> seen(worlds);
  std::vector<typename Agent::action_type> action(worlds);
  const auto begin = [&](std::size_t w, std::uint64_t episode) {
    world[w].reset(generator(sequence{w, stream::world, episode}));
    world[w].observe(seen[w]);
  };
  for (std::size_t w = 0; w < worlds; ++w) begin(w, 0);
  std::size_t acted = 0;
  std::size_t acted_alone = 0;
  std::size_t observed = 0;
  std::size_t learned = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    acted_alone += counted([&] { (void)agent.act(seen[0], mode::greedy); });
    acted += counted([&] { agent.act_batch(seen, action); });
    for (std::size_t w = 0; w < worlds; ++w) {
      const outcome result = world[w].step(action[w]);
      world[w].observe(seen[w]);
      observed += counted([&] { agent.observe(w, result, seen[w]); });
      if (result.end != ending::none) begin(w, i + 1);
    }
    learned += counted([&] { agent.learn(); });
  }
  CHECK(agent.updates() > 10);
  CHECK(acted == 0);
  CHECK(acted_alone == 0);
  CHECK(observed == 0);
  CHECK(learned == 0);
}

}  // namespace

TEST_CASE("the count counts") {
  std::vector<double> v;
  CHECK(counted([&] { v.resize(1000); }) == 1);
  CHECK(counted([&] { v.resize(10); }) == 0);
  void* p = nullptr;
  CHECK(counted([&] { p = ::operator new (64, std::align_val_t{64}); }) == 1);
  ::operator delete (p, std::align_val_t{64});
}

TEST_CASE("an IQN with the default network") {
  for (const std::size_t threads : {1U, 2U})
    check_allocations<agent<plain_world>>({.replay = {.capacity = 200}}, threads);
}

TEST_CASE("wide layers, whose products are blocked") {
  using agent_type = agent<plain_world, encoder::mlp<512>, head::plain<512>>;
  check_allocations<agent_type>({.replay = {.capacity = 200}, .batch = 8}, 1);
}

TEST_CASE("blocks of actions, masks, a batch-wide loss, prioritized replay") {
  using agent_type = agent<odd_world, loss::self_normalised, head::dueling<16>, replay::prioritized, encoder::mlp<16>,
                           target::munchausen, explore::gaussian, sync::polyak>;
  for (const std::size_t threads : {1U, 3U}) check_allocations<agent_type>({.replay = {.capacity = 200}}, threads);
}

constexpr encoder::impala_options normalised{.spectral = encoder::spectral_norm::residual, .layer_norm = true};

TEST_CASE("images, noise and normalisation") {
  using agent_type = agent<image_world, encoder::fuse<encoder::impala<1, normalised>, encoder::mlp<8>>,
                           head::dueling_with<nn::noisy_dense, 16>, explore::noisy>;
  check_allocations<agent_type>({.replay = {.capacity = 200}, .batch = 8}, 2);
}

#ifdef IQNRL_OWN_XTENSOR
TEST_CASE("the xtensor backend") {
  using agent_type =
      agent<odd_world, backend::xtensor, head::dueling<16>, replay::prioritized, encoder::mlp<512>, target::munchausen>;
  for (const std::size_t threads : {1U, 2U}) check_allocations<agent_type>({.replay = {.capacity = 200}}, threads);
}
#endif
