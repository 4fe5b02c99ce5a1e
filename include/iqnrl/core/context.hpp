// Threads and randomness, shared by what runs together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <iqnrl/core/error.hpp>

namespace iqnrl {

/// While it lives, numbers of this thread that are too small to be normal count as zero where the processor can do
/// that (x86). Moments of weights that get no gradient decay to such numbers, on which some processors calculate a
/// hundred times as long.
class tiny_is_zero {
 public:
#if defined(__SSE2__)
  tiny_is_zero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | results | operands); }
  ~tiny_is_zero() { _mm_setcsr(before_); }
#else
  tiny_is_zero() = default;
  ~tiny_is_zero() = default;
#endif
  tiny_is_zero(const tiny_is_zero&) = delete;
  tiny_is_zero& operator=(const tiny_is_zero&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr unsigned results = 0x8000;
  static constexpr unsigned operands = 0x0040;
  unsigned before_;
#endif
};

/// A pool of threads that runs numbered jobs. Which thread runs which job is left to chance; what a job computes must
/// depend on its number alone, and then the outcome does not depend on the number of threads.
class thread_pool {
 public:
  static constexpr std::size_t most_threads = 1024;
  static constexpr std::size_t most_jobs = (std::size_t{1} << 32U) - 1;

  /// A pool of `threads` threads, the caller of `run` among them. Throws config_error outside [1, 1024].
  explicit thread_pool(std::size_t threads) {
    require<config_error>(threads >= 1 && threads <= most_threads,
                          "threads is {}; give a number from 1 to {} (the machine has {})", threads, most_threads,
                          std::thread::hardware_concurrency());
    workers_.reserve(threads - 1);
    for (std::size_t i = 1; i < threads; ++i) {
      workers_.emplace_back([this, i](const std::stop_token& stop) { serve(stop, i); });
    }
  }

  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  ~thread_pool() {
    for (auto& w : workers_) w.request_stop();
    signal_.fetch_add(1);
    signal_.notify_all();
  }

  /// Threads of the pool, the caller of `run` among them.
  [[nodiscard]] std::size_t threads() const { return workers_.size() + 1; }

  /// Runs `job(index, worker)` for every index below `count` and returns when all are done; `worker` is below
  /// `threads()` and no two jobs run at once with the same one. An exception of a job is rethrown here, the one of the
  /// lowest index if there are several; the other jobs still run. One `run` at a time: a second caller waits. A job
  /// must not call `run`. In jobs, numbers too small to be normal are zero: see tiny_is_zero.
  template <class Job>
  void run(std::size_t count, Job&& job) {
    if (count == 0) return;
    const std::lock_guard lock(running_);
    const tiny_is_zero here;
    if (workers_.empty() || count == 1) {
      std::exception_ptr failure;
      for (std::size_t i = 0; i < count; ++i) {
        try {
          job(i, std::size_t{0});
        } catch (...) {
          if (!failure) failure = std::current_exception();
        }
      }
      if (failure) std::rethrow_exception(failure);
      return;
    }
    require<config_error>(count <= most_jobs, "a run has {} jobs; at most {} fit", count, most_jobs);
    auto call = [&job](std::size_t index, std::size_t worker) { job(index, worker); };
    job_ = &call;
    call_ = [](void* j, std::size_t index, std::size_t worker) { (*static_cast<decltype(call)*>(j))(index, worker); };
    failed_index_ = count;
    failure_ = nullptr;
    done_.store(0, std::memory_order_relaxed);
    ticket_.store(static_cast<std::uint64_t>(count) << 32U, std::memory_order_release);
    signal_.fetch_add(1, std::memory_order_release);
    signal_.notify_all();
    work(0);
    for (int spin = 0; done_.load(std::memory_order_acquire) < count; ++spin) {
      spin < spins ? pause() : std::this_thread::yield();
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  // Turns of a wait before it lets others have the processor: longer than what a training loop does between two runs.
  static constexpr int spins = 2000;
  static void pause() {
#if defined(__SSE2__)
    _mm_pause();
#endif
  }

  // A ticket is the count of jobs (high half) and the next index (low half): claiming an index and knowing that it
  // exists are one atomic step, so a thread that wakes late can never touch a run that is over.
  void work(std::size_t worker) {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    while ((ticket & 0xFFFFFFFFU) < (ticket >> 32U)) {
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire))
        continue;
      const std::size_t index = ticket & 0xFFFFFFFFU;
      try {
        call_(job_, index, worker);
      } catch (...) {
        const std::lock_guard lock(failing_);
        if (index < failed_index_) {
          failed_index_ = index;
          failure_ = std::current_exception();
        }
      }
      done_.fetch_add(1, std::memory_order_acq_rel);
      ticket = ticket_.load(std::memory_order_acquire);
    }
  }

  void serve(const std::stop_token& stop, std::size_t worker) {
    const tiny_is_zero here;
    std::uint32_t seen = 0;
    while (!stop.stop_requested()) {
      std::uint32_t now = signal_.load(std::memory_order_acquire);
      for (int spin = 0; now == seen && spin < spins; ++spin) {
        pause();
        now = signal_.load(std::memory_order_acquire);
      }
      if (now == seen) {
        signal_.wait(seen, std::memory_order_acquire);
        continue;
      }
      seen = now;
      work(worker);
    }
  }

  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<std::uint32_t> signal_{0};
  void* job_ = nullptr;
  void (*call_)(void*, std::size_t, std::size_t) = nullptr;
  std::size_t failed_index_ = 0;
  std::exception_ptr failure_;
  std::mutex failing_;
  std::mutex running_;
  std::vector<std::jthread> workers_;
};

/// What agents, learners and actors that run together share: `iqnrl::context ctx{.threads = 2, .seed = 1};`. It must
/// outlive them. The results of a program depend on the seed and not on the number of threads.
struct context {
  std::size_t threads = 1;    ///< threads of the pool, the caller's among them
  std::uint64_t seed = 0;     ///< of every random number
  thread_pool pool{threads};  ///< made from `threads`; leave it out when you write a context
};

}  // namespace iqnrl
