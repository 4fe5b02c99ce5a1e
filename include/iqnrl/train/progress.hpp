// A line in the terminal that says how far a run is. Silent where nobody watches: in files, pipes and batch jobs.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <iqnrl/core/finite.hpp>

namespace iqnrl {

/// What a progress line shows. A rate that is absent, negative or not finite is unknown.
struct progress_numbers {
  std::uint64_t steps = 0;
  std::uint64_t total = 0;  ///< 0: the run has no set end
  std::optional<double> steps_per_second = {};
  std::optional<double> updates_per_second = {};
  std::optional<double> latest_return = {};  ///< of the last finished episode
  std::size_t width = 80;                    ///< columns of the terminal
};

/// A count in at most six characters: 999, 1.5k, 12.3k, 123k, 4.0M, up to 999E.
[[nodiscard]] inline std::string count_text(double count) {
  constexpr std::string_view suffixes = "kMGTPE";
  if (count < 999.5) return fmt::format("{:.0f}", count);
  std::size_t power = 0;
  count /= 1000;
  while (count >= 999.5 && power + 1 < suffixes.size()) {
    count /= 1000;
    ++power;
  }
  return fmt::format("{:.{}f}{}", count, count < 99.95 ? 1 : 0, suffixes[power]);
}

/// A duration to the nearest second in two units: 12s, 3m05s, 2h10m, 4d03h. A negative or absurdly long one is `?`.
[[nodiscard]] inline std::string duration_text(double seconds) {
  constexpr double hundred_years = 3.2e9;
  if (!(is_finite(seconds) && seconds >= 0 && seconds < hundred_years)) return "?";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}d{:02}h", whole / 86400, whole / 3600 % 24);
}

namespace detail {

[[nodiscard]] inline std::string rate_text(const std::optional<double>& rate) {
  if (!rate || !is_finite(*rate) || *rate < 0) return "?";
  return *rate < 9.95 ? fmt::format("{:.1f}", *rate) : count_text(*rate);
}

}  // namespace detail

/// One line of ASCII text without an end of line, at most `width` columns wide, the most important part first; what
/// does not fit is left out from the end:
///
///     42%  3m05s left  return 123.4  12.3k steps/s  310 updates/s  21.0k of 50.0k steps
[[nodiscard]] inline std::string progress_text(const progress_numbers& n) {
  const auto steps = static_cast<double>(n.steps);
  const auto total = static_cast<double>(n.total);
  const double rate = n.steps_per_second.value_or(0.0);
  std::array<std::string, 6> parts;
  if (n.total > 0) {
    parts[0] = fmt::format("{:.0f}%", std::floor(100 * steps / total));
    if (n.steps >= n.total) {
      parts[1] = "0s left";
    } else {
      parts[1] = fmt::format("{} left", rate > 0 ? duration_text((total - steps) / rate) : "?");
    }
  }
  if (n.latest_return) parts[2] = fmt::format("return {:.5g}", *n.latest_return);
  parts[3] = fmt::format("{} steps/s", detail::rate_text(n.steps_per_second));
  parts[4] = fmt::format("{} updates/s", detail::rate_text(n.updates_per_second));
  parts[5] = n.total > 0 ? fmt::format("{} of {} steps", count_text(steps), count_text(total))
                         : fmt::format("{} steps", count_text(steps));
  std::string line;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    const std::string_view gap = line.empty() ? "" : "  ";
    if (line.size() + gap.size() + part.size() > n.width) break;
    line += gap;
    line += part;
  }
  return line;
}

/// Keeps one progress line up to date in a terminal, at most ten times a second; does nothing if `file` is no terminal.
/// Its line is erased by finish(), or when it is destroyed. Before writing something else to the terminal, call
/// clear().
class progress_line {
 public:
  /// `total` is the number of steps of the whole run, 0 if it has no set end.
  explicit progress_line(std::uint64_t total, std::FILE* file = stderr)
      : total_(total), file_(file), live_(file != nullptr && ::isatty(::fileno(file)) == 1) {}

  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line() { finish(); }

  /// Tells the steps and updates since the run began. Rates are those of the last seconds, and count from the first
  /// call, so that a resumed run shows no false ones. Cheap enough to be called at every step.
  void update(std::uint64_t steps, std::uint64_t updates, std::optional<double> latest_return = {}) {
    if (!live_) return;
    const clock::time_point now = clock::now();
    if (last_ && now - last_->time < std::chrono::milliseconds(100)) return;
    if (last_) {
      const double seconds = std::chrono::duration<double>(now - last_->time).count();
      follow(steps_per_second_, last_->steps, steps, seconds);
      follow(updates_per_second_, last_->updates, updates, seconds);
    }
    last_ = mark{now, steps, updates};
    draw(progress_text({steps, total_, steps_per_second_, updates_per_second_, latest_return, columns()}));
  }

  /// Erases the line; the next update draws it again.
  void clear() {
    if (drawn_ > 0) write(fmt::format("\r{:{}}\r", "", drawn_));
    drawn_ = 0;
  }

  /// Erases the line; updates do nothing from now on.
  void finish() {
    clear();
    live_ = false;
  }

 private:
  using clock = std::chrono::steady_clock;

  struct mark {
    clock::time_point time;
    std::uint64_t steps;
    std::uint64_t updates;
  };

  /// Moves a rate towards the latest one, with a memory of three seconds.
  static void follow(std::optional<double>& rate, std::uint64_t before, std::uint64_t after, double seconds) {
    const double latest = (static_cast<double>(after) - static_cast<double>(before)) / seconds;
    rate = rate ? *rate + (latest - *rate) * -std::expm1(-seconds / 3.0) : latest;
  }

  /// One column stays free: a full line would wrap.
  [[nodiscard]] std::size_t columns() const {
    winsize size{};
    const bool known = ::ioctl(::fileno(file_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (known ? size.ws_col : std::size_t{80}) - 1;
  }

  void draw(const std::string& text) {
    write(fmt::format("\r{:<{}}", text, std::min(drawn_, columns())));
    drawn_ = text.size();
  }

  /// A line that cannot be shown is no reason to stop a run.
  void write(const std::string& text) {
    std::fputs(text.c_str(), file_);
    std::fflush(file_);
  }

  std::uint64_t total_;
  std::FILE* file_;
  bool live_;
  std::optional<mark> last_;
  std::optional<double> steps_per_second_;
  std::optional<double> updates_per_second_;
  std::size_t drawn_ = 0;
};

}  // namespace iqnrl
