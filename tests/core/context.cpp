// The thread pool: every job once, whatever the number of threads; exceptions; many short runs.
#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/core/context.hpp>

namespace {

using namespace iqnrl;

std::string refusal(std::size_t threads) {
  try {
    const thread_pool pool(threads);
  } catch (const config_error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every job runs once, on a worker of its own") {
  for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
    thread_pool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::size_t count : {0U, 1U, 2U, 3U, 7U, 100U, 5000U}) {
      std::vector<std::atomic<int>> runs(count);
      std::vector<std::atomic<int>> busy(threads);
      std::atomic<bool> clash{false};
      pool.run(count, [&](std::size_t i, std::size_t worker) {
        if (worker >= threads || busy[worker].fetch_add(1) != 0) clash = true;
        ++runs[i];
        if (worker < threads) busy[worker].fetch_sub(1);
      });
      CHECK_FALSE(clash);
      bool once = true;
      for (const auto& r : runs) once = once && r == 1;
      CHECK(once);
    }
  }
}

TEST_CASE("many short runs") {
  for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
    thread_pool pool(threads);
    std::vector<std::size_t> cell(5);
    std::size_t total = 0;
    for (std::size_t round = 0; round < 3000; ++round) {
      const std::size_t count = 1 + round % 5;
      pool.run(count, [&](std::size_t i, std::size_t) { cell[i] += i + 1; });
      total += count * (count + 1) / 2;
    }
    std::size_t sum = 0;
    for (const std::size_t c : cell) sum += c;
    CHECK(sum == total);
  }
}

TEST_CASE("what a job writes is seen by the caller and by the next run") {
  thread_pool pool(3);
  std::vector<int> numbers(1000, 0);
  for (int round = 1; round <= 50; ++round) {
    pool.run(numbers.size(), [&](std::size_t i, std::size_t) { numbers[i] += 1; });
    bool all = true;
    for (const int n : numbers) all = all && n == round;
    REQUIRE(all);
  }
}

TEST_CASE("the exception of the lowest index is rethrown, the other jobs still run, and the pool goes on") {
  for (const std::size_t threads : {1U, 2U, 3U, 8U}) {
    CAPTURE(threads);
    thread_pool pool(threads);
    for (int round = 0; round < 20; ++round) {
      std::atomic<int> ran{0};
      std::string caught;
      try {
        pool.run(40, [&](std::size_t i, std::size_t) {
          ++ran;
          if (i % 10 == 7) throw std::runtime_error("job " + std::to_string(i));
        });
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      CHECK(caught == "job 7");
      CHECK(ran == 40);
    }
    int after = 0;
    pool.run(1, [&](std::size_t, std::size_t) { ++after; });
    CHECK(after == 1);
    CHECK_THROWS_AS(pool.run(1, [](std::size_t, std::size_t) { throw std::logic_error("alone"); }), std::logic_error);
  }
}

#if defined(__SSE2__)
TEST_CASE("in jobs numbers too small to be normal are zero, and the caller's are as they were") {
  const volatile float smallest = std::numeric_limits<float>::min();
  for (const std::size_t threads : {1U, 2U, 3U}) {
    CAPTURE(threads);
    thread_pool pool(threads);
    for (const bool fails : {false, true}) {
      std::vector<float> halves(100, 1.0F);
      const auto job = [&](std::size_t i, std::size_t) {
        halves[i] = smallest * 0.5F;
        if (fails) throw std::runtime_error("job");
      };
      if (fails) {
        CHECK_THROWS_AS(pool.run(halves.size(), job), std::runtime_error);
      } else {
        pool.run(halves.size(), job);
      }
      CHECK(halves == std::vector<float>(100, 0.0F));
      CHECK(smallest * 0.5F > 0.0F);
    }
  }
}
#endif

TEST_CASE("two callers take turns") {
  thread_pool pool(2);
  std::atomic<int> sum{0};
  {
    const auto call = [&] {
      for (int i = 0; i < 200; ++i) pool.run(4, [&](std::size_t, std::size_t) { ++sum; });
    };
    const std::jthread a(call);
    const std::jthread b(call);
  }
  CHECK(sum == 1600);
}

TEST_CASE("pools come and go") {
  for (int i = 0; i < 50; ++i) {
    thread_pool pool(1 + static_cast<std::size_t>(i) % 4);
    if (i % 2 == 0) pool.run(3, [](std::size_t, std::size_t) {});
  }
}

TEST_CASE("a number of threads that makes no sense is refused") {
  CHECK(refusal(0).find("threads is 0; give a number from 1 to 1024") != std::string::npos);
  CHECK(refusal(1025).find("threads is 1025") != std::string::npos);
  thread_pool pool(2);
  CHECK_THROWS_AS(pool.run(thread_pool::most_jobs + 1, [](std::size_t, std::size_t) {}), config_error);
  const context ctx{.threads = 2, .seed = 9};
  CHECK(ctx.pool.threads() == 2);
  CHECK_THROWS_AS(static_cast<void>(context{.threads = 0}), config_error);
}
