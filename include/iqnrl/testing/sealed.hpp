// A backend whose memory faults when anything but a primitive touches it.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include <sys/mman.h>

#include <iqnrl/backend/reference.hpp>

namespace iqnrl::testing {

/// Pages of one reserved range of addresses, which nobody may read or write while no primitive runs. Primitives run on
/// several threads, so the pages are open while any of them does.
class sealed_pages {
 public:
  static sealed_pages& instance() {
    static sealed_pages pages;
    return pages;
  }

  void* allocate(std::size_t bytes) {
    const std::size_t size = (bytes + page - 1) / page * page;
    const std::lock_guard lock(mutex_);
    if (auto& spare = spare_[size]; !spare.empty()) {
      std::byte* p = spare.back();
      spare.pop_back();
      return p;
    }
    if (size < bytes || size > reserved - used_) throw std::bad_alloc();
    std::byte* p = base_ + used_;
    used_ += size;
    if (open_ > 0) protect(p, size, PROT_READ | PROT_WRITE);
    return p;
  }

  void deallocate(void* p, std::size_t bytes) {
    const std::size_t size = (bytes + page - 1) / page * page;
    const std::lock_guard lock(mutex_);
    madvise(p, size, MADV_DONTNEED);
    spare_[size].push_back(static_cast<std::byte*>(p));
  }

  void open() {
    const std::lock_guard lock(mutex_);
    if (open_++ == 0) protect(base_, used_, PROT_READ | PROT_WRITE);
  }

  void close() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) protect(base_, used_, PROT_NONE);
  }

 private:
  static constexpr std::size_t page = 4096;
  static constexpr std::size_t reserved = std::size_t{1} << 30U;

  sealed_pages() {
    void* p = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<std::byte*>(p);
  }

  static void protect(std::byte* p, std::size_t size, int how) {
    if (size > 0 && mprotect(p, size, how) != 0) throw std::bad_alloc();
  }

  std::mutex mutex_;
  std::byte* base_ = nullptr;
  std::size_t used_ = 0;
  std::size_t open_ = 0;
  std::map<std::size_t, std::vector<std::byte*>> spare_;
};

/// `Base` with memory that is unreadable and unwritable outside primitives.
template <class Base>
struct sealed : Base {
  static constexpr std::string_view name = "sealed";

  struct scope {
    scope() { sealed_pages::instance().open(); }
    ~scope() { sealed_pages::instance().close(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
  };

  [[nodiscard]] void* allocate(std::size_t bytes) const { return sealed_pages::instance().allocate(bytes); }
  void deallocate(void* p, std::size_t bytes) const { sealed_pages::instance().deallocate(p, bytes); }
};

}  // namespace iqnrl::testing
