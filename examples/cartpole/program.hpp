// The CartPole program: its arguments, and what it does with them on one backend.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include <cartpole/settings.hpp>

namespace example {

/// The command line.
struct arguments : options {
  std::string preset = "iqn";
  std::string backend = "eigen";
  std::filesystem::path out = "cartpole_results";
  std::filesystem::path weights;
  std::uint64_t evaluate_every = 5'000;
  std::size_t episodes = 100;
  bool watch = false;
};

/// Set when the user has pressed Ctrl-C.
inline std::atomic<bool> stop{false};

/// Trains, or loads weights, and shows what the agent can do; the exit status. Defined in run.hpp and compiled once a
/// backend, in <backend>.cpp.
template <class Backend>
int run_on(const arguments& a);

}  // namespace example
