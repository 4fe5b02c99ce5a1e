// What the benchmarks share: runs side by side, results that outlive a kill, and the command line that reproduces them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/io/csv.hpp>
#include <iqnrl/train/run.hpp>
#include <iqnrl/train/trainer.hpp>

namespace bench {

/// Seconds since it was made.
class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Calls `job(i)` for every i below `count`, `threads` at once, in order. The first exception is rethrown when the jobs
/// that were running then have ended; the rest are not begun.
template <class Job>
void side_by_side(std::size_t count, std::size_t threads, const Job& job) {
  std::atomic<std::size_t> next{0};
  std::mutex failing;
  std::exception_ptr failure;
  std::vector<std::jthread> running;
  for (std::size_t t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      try {
        for (std::size_t i = next++; i < count; i = next++) job(i);
      } catch (...) {
        const std::lock_guard lock(failing);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    });
  }
  running.clear();
  if (failure) std::rethrow_exception(failure);
}

/// Rows of numbers in a CSV file, added by several threads. A row is on its way to the disk when `add` returns, so that
/// a killed benchmark has lost no finished run and goes on where it was.
class results {
 public:
  /// Throws file_error where the file exists, unless `resume` is set and it has these columns.
  results(const std::filesystem::path& path, const std::vector<std::string>& columns, bool resume)
      : log_(allowed(path, resume), columns), rows_(iqnrl::io::read_csv(path).rows) {}

  void add(std::span<const double> row) {
    const std::lock_guard lock(adding_);
    log_.row(row);
    rows_.emplace_back(row.begin(), row.end());
  }

  /// All rows, those of earlier benchmarks first; to be read when nobody adds.
  [[nodiscard]] const std::vector<std::vector<double>>& rows() const { return rows_; }

 private:
  static const std::filesystem::path& allowed(const std::filesystem::path& path, bool resume) {
    iqnrl::require<iqnrl::file_error>(
        resume || !std::filesystem::exists(path),
        "{} holds results of an earlier run; add --resume to go on with them, or give another --out", path.string());
    iqnrl::make_results_folder(path.parent_path());
    return path;
  }

  std::mutex adding_;
  iqnrl::io::csv_log log_;
  std::vector<std::vector<double>> rows_;
};

/// Trains for `steps` environment steps and evaluates greedily after every `every` of them, on starts that training
/// never saw: those of run_training, the same for every agent.
template <class Agent>
std::vector<iqnrl::evaluation> train(Agent& agent, const iqnrl::trainer_config& training, std::uint64_t steps,
                                     std::uint64_t every, std::size_t episodes,
                                     const typename Agent::world_type& world = typename Agent::world_type{}) {
  iqnrl::trainer<Agent> loop(agent, world, training);
  std::vector<iqnrl::evaluation> found;
  for (std::uint64_t next = every; next <= steps; next += every) {
    while (agent.steps() < next) loop.step();
    found.push_back(iqnrl::evaluate(agent, world, episodes, iqnrl::run_config{}.evaluation_seed, agent.steps()));
  }
  return found;
}

/// The values in their order, each once.
template <class T>
[[nodiscard]] std::vector<T> without_twins(const std::vector<T>& values) {
  std::vector<T> kept;
  for (const T& v : values) {
    if (std::find(kept.begin(), kept.end(), v) == kept.end()) kept.push_back(v);
  }
  return kept;
}

/// Prints a text and, unless `path` is empty, writes it to that file.
inline void publish(const std::filesystem::path& path, std::string_view text) {
  fmt::print("{}", text);
  if (path.empty()) return;
  iqnrl::make_results_folder(path.parent_path());
  iqnrl::io::write_atomically(path, std::as_bytes(std::span(text)));
}

/// The program and all its options with the values that they have.
[[nodiscard]] inline std::string command_line(const CLI::App& app) {
  std::string line = app.get_name();
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr() || option->get_items_expected() == 0) continue;
    if (option->get_delimiter() == '\0' && option->count() > 0) {  // given once for each value, any text
      for (const std::string& value : option->results()) {
        const char* quote = value.find(' ') == std::string::npos ? "" : "\"";
        line += fmt::format(" {0} {1}{2}{1}", option->get_name(), quote, value);
      }
      continue;
    }
    std::string value =
        option->count() > 0 ? fmt::format("{}", fmt::join(option->results(), ",")) : option->get_default_str();
    if (value.empty()) continue;
    std::erase_if(value, [](char c) { return c == '[' || c == ']'; });
    line += fmt::format(" {} {}", option->get_name(), value);
  }
  return line;
}

/// Reads the command line and runs `body()`, which returns the exit status; 1 with a message where it throws.
template <class Body>
int run(CLI::App& app, int argc, char** argv, const Body& body) {
  CLI11_PARSE(app, argc, argv);
  try {
    return body();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), e.what());
    return 1;
  }
}

/// An app whose --help shows the defaults.
inline void show_defaults(CLI::App& app, std::string_view name) {
  app.name(std::string(name));
  app.option_defaults()->always_capture_default();
  app.get_formatter()->column_width(34);
}

}  // namespace bench
