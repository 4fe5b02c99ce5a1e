// The CartPole program: its arguments, and what it does with them on one backend.
#pragma once

#include <string>

#include <cartpole/settings.hpp>
#include <common/arguments.hpp>

namespace example {

/// The command line.
struct arguments : shared_arguments, options {
  std::string backend = "native";
};

/// Trains, or loads weights, and shows what the agent can do; the exit status. Defined in run.hpp and compiled once a
/// backend, in <backend>.cpp.
template <class Backend>
int run_on(const arguments& a);

}  // namespace example
