// The MinAtar program: its arguments, and what it does with them for one preset.
#pragma once

#include <string>

#include <common/arguments.hpp>

namespace example::minatar {

/// The command line.
struct arguments : shared_arguments {
  std::string game = "breakout";
};

struct iqn;
struct munchausen_iqn;
struct btr;
struct btr_impala;

/// Trains, or loads weights, and shows what the agent can do; the exit status. Defined in run.hpp and compiled once a
/// preset, in <preset>.cpp.
template <class Preset>
int run(const arguments& a);

}  // namespace example::minatar
