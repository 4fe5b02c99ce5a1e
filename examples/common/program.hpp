// What the command lines of the examples have in common, and how a program begins and ends.
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <common/arguments.hpp>

namespace example {

/// Adds an option that is a count.
template <class Number>
void add_count(CLI::App& app, const char* name, Number& value, const char* what) {
  app.add_option(name, value, what)->check(CLI::NonNegativeNumber);
}

/// Names a program, and adds the options that every program has.
inline void add_shared_options(CLI::App& app, shared_arguments& a, const std::string& name,
                               const std::vector<std::string>& presets, const char* what_presets) {
  app.name(name);
  app.option_defaults()->always_capture_default();
  app.get_formatter()->column_width(38);
  app.failure_message(
      [name](const CLI::App*, const CLI::Error& e) { return fmt::format("{}: {}; see --help\n", name, e.what()); });
  app.add_option("--preset", a.preset, what_presets)->check(CLI::IsMember(presets));
  add_count(app, "--steps", a.steps, "Environment steps to train for");
  add_count(app, "--seed", a.seed, "Of every random number; the same seed gives the same agent, to the last bit");
  add_count(app, "--threads", a.threads, "Threads; they change the speed and nothing else");
  add_count(app, "--evaluate-every", a.evaluate_every, "Environment steps between evaluations");
  add_count(app, "--episodes", a.episodes, "Greedy episodes an evaluation, from starts that training never sees");
  app.add_option("--out", a.out, "Folder for the results");
  app.add_option("--weights", a.weights, "Do not train: load these weights, evaluate them and show them");
  app.add_flag("--watch", a.watch, "Show the trained agent live in the terminal");
}

/// Reads the command line and runs `body()`, which returns the exit status, until it ends or sees that the user has
/// pressed Ctrl-C; 1 with a message where it throws.
template <class Body>
int run_program(CLI::App& app, int argc, char** argv, const Body& body) {
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGINT, [](int) {
    stop = true;
    std::signal(SIGINT, SIG_DFL);
  });
  std::signal(SIGTERM, [](int) { stop = true; });
  try {
    return body();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return 1;
  }
}

}  // namespace example
