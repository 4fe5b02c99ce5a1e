// Planned memory: asked for once, checked against the machine before it is asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

#include <iqnrl/core/error.hpp>

namespace iqnrl::replay {

/// Bytes of memory that this process can hope for: the physical memory or the limit of its control group, whichever is
/// less. The largest number where the system tells neither.
[[nodiscard]] inline std::size_t memory_limit() {
  std::size_t limit = std::numeric_limits<std::size_t>::max();
#if defined(_SC_PHYS_PAGES) && defined(_SC_PAGESIZE)
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) limit = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
#endif
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    std::size_t bytes = 0;
    if (file >> bytes) limit = std::min(limit, bytes);
  }
  return limit;
}

/// a * b. Throws config_error, naming `what`, where the product is beyond what can be addressed.
[[nodiscard]] inline std::size_t checked_product(std::size_t a, std::size_t b, std::string_view what) {
  require<config_error>(b == 0 || a <= std::numeric_limits<std::size_t>::max() / 2 / b,
                        "{} asks for {} times {}, which no machine can address; lower the capacity", what, a, b);
  return a * b;
}

/// Throws memory_error unless `bytes` are within `memory_limit()`.
inline void require_memory(std::size_t bytes, std::string_view what) {
  const std::size_t limit = memory_limit();
  require<memory_error>(
      bytes <= limit,
      "{} needs {} bytes ({:.2f} GiB) and this process may use {} ({:.2f} GiB); lower the capacity or store "
      "smaller observations (uint8 images)",
      what, bytes, static_cast<double>(bytes) * 0x1p-30, limit, static_cast<double>(limit) * 0x1p-30);
}

/// A fixed number of zeros, allocated once. Pages that nothing has written yet cost no physical memory.
template <class T>
requires std::is_trivial_v<T>
class planned {
 public:
  planned() = default;

  /// Throws memory_error, naming `what`, when the system has no such block.
  planned(std::size_t count, std::string_view what)
      // calloc takes pages from the system that cost nothing until they are written; new would write them all
      : data_(static_cast<T*>(std::calloc(std::max<std::size_t>(count, 1), sizeof(T)))),  // NOLINT(*-no-malloc)
        count_(count) {
    require<memory_error>(data_ != nullptr,
                          "{} asked the system for {} elements of {} bytes and was refused; lower the capacity", what,
                          count, sizeof(T));
  }

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(T); }
  [[nodiscard]] T& operator[](std::size_t i) { return data_.get()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return data_.get()[i]; }
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }
  [[nodiscard]] std::span<T> all() { return {data_.get(), count_}; }
  [[nodiscard]] std::span<const T> all() const { return {data_.get(), count_}; }

 private:
  struct release {
    void operator()(T* p) const { std::free(p); }  // NOLINT(*-no-malloc)
  };
  std::unique_ptr<T, release> data_;
  std::size_t count_ = 0;
};

}  // namespace iqnrl::replay
