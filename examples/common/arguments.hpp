// What every example is told on its command line.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace example {

/// Set when the user has pressed Ctrl-C.
inline std::atomic<bool> stop{false};

/// What the command line of every program has; each sets its own defaults.
struct shared_arguments {
  std::string preset = "iqn";
  std::uint64_t seed = 1;
  std::uint64_t steps = 0;
  std::size_t threads = 1;
  std::uint64_t evaluate_every = 0;
  std::size_t episodes = 0;
  std::filesystem::path out;
  std::filesystem::path weights;
  bool watch = false;
};

}  // namespace example
