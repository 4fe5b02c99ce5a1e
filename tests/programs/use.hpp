// How the programs of the examples are used, and what they say when they are misused.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <io/scratch_folder.hpp>
#include <programs/program.hpp>

namespace iqnrl::testing {

using words = std::vector<std::string>;

/// The arguments of a training without an update, or with a few, into `folder / name`.
[[nodiscard]] inline words training(const scratch_folder& folder, std::string_view name, const words& more = {},
                                    int steps = 1) {
  words all{"--steps", std::to_string(steps), "--episodes", "2", "--out", (folder / name).string()};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// The weights that a training into `folder / name` leaves.
[[nodiscard]] inline std::filesystem::path weights(const scratch_folder& folder, std::string_view name) {
  return folder / name / "weights.safetensors";
}

/// Ended by itself, with a failure, and said one thing that has all of `parts` in it.
inline void check_refused(std::string_view name, const program_end& r, std::initializer_list<std::string_view> parts) {
  INFO(r.err);
  CHECK(r.signal == 0);
  CHECK(r.status != 0);
  CHECK(r.err.starts_with(std::string(name) + ": "));
  CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
  CHECK(r.err.ends_with('\n'));
  CHECK(r.err.find("terminate called") == std::string::npos);
  CHECK(r.err.find("filesystem error") == std::string::npos);
  for (const std::string_view part : parts) {
    INFO(part);
    CHECK(r.err.find(part) != std::string::npos);
  }
}

/// Trains without end, as what `arguments` start does, presses Ctrl-C after the first evaluation, and checks that the
/// program says in one line where the weights are.
inline void check_interrupted(const std::filesystem::path& executable, const words& arguments,
                              const scratch_folder& folder, std::string_view name) {
  program running(executable, training(folder, name, arguments, 1'000'000'000), folder.path());
  running.wait_for_line();
  running.interrupt();
  const program_end r = running.wait();
  INFO(r.err);
  CHECK(r.signal == 0);
  CHECK(r.status == 130);
  CHECK(r.err.starts_with("Stopped after "));
  CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
  CHECK(r.err.find(weights(folder, name).string()) != std::string::npos);
}

inline void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace iqnrl::testing
