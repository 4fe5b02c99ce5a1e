// Plays frames of text in a terminal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>

#include <unistd.h>

#include <fmt/format.h>

namespace example {

/// Plays frames in a terminal, each over the one before. Does nothing if `file` is no terminal.
class player {
 public:
  explicit player(std::FILE* file = stdout) : file_(file), live_(::isatty(::fileno(file)) == 1) {}

  /// Whether anybody watches.
  [[nodiscard]] bool live() const { return live_; }

  /// Shows a frame of lines that end with '\n'.
  void show(const std::string& frame) {
    if (!live_) return;
    std::string out = lines_ > 0 ? fmt::format("\x1b[{}A", lines_) : "";
    for (const char c : frame) {
      if (c == '\n') out += "\x1b[K";
      out += c;
    }
    std::fputs(out.c_str(), file_);
    std::fflush(file_);
    lines_ = std::count(frame.begin(), frame.end(), '\n');
  }

 private:
  std::FILE* file_;
  bool live_;
  std::ptrdiff_t lines_ = 0;
};

}  // namespace example
