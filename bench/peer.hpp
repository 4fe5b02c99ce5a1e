// Another system that does the same work, in a process of its own.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>

namespace bench {

/// A program that answers lines by lines. It first says `missing NAME WHY` of each mode that does not work here, then
/// `modes NAME…` of those that do; then `MODE WORK SECONDS` is answered by the milliseconds of a call of the work, and
/// `memory` by MiB.
class peer {
 public:
  /// Starts a shell command. Throws file_error where it does not come up.
  explicit peer(const std::string& command) : peer() {
    command_ = command;
    std::array<int, 2> down{}, up{};
    iqnrl::require<iqnrl::file_error>(pipe2(down.data(), O_CLOEXEC) == 0 && pipe2(up.data(), O_CLOEXEC) == 0,
                                      "no pipe can be made for `{}`", command);
    child_ = fork();
    if (child_ == 0) {
      dup2(down[0], STDIN_FILENO);
      dup2(up[1], STDOUT_FILENO);
      execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
      std::_Exit(127);
    }
    close(down[0]);
    close(up[1]);
    to_ = fdopen(down[1], "w");
    from_ = fdopen(up[0], "r");
    std::string word;
    for (;;) {
      const std::string line = answer();
      std::istringstream words(line);
      words >> word;
      if (word == "missing" && words >> word) {
        missing_.emplace_back(word, words >> std::ws ? line.substr(static_cast<std::size_t>(words.tellg())) : "");
        continue;
      }
      iqnrl::require<iqnrl::file_error>(word == "modes", "`{}` said `{}`, where `modes NAME...` was expected", command,
                                        line);
      while (words >> word) modes_.push_back(word);
      return;
    }
  }
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  ~peer() {
    if (to_ != nullptr) std::fclose(to_);
    if (from_ != nullptr) std::fclose(from_);
    if (child_ > 0) {
      kill(child_, SIGTERM);
      waitpid(child_, nullptr, 0);
    }
  }

  [[nodiscard]] const std::vector<std::string>& modes() const { return modes_; }
  /// Modes that do not work here, each with the reason.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& missing() const { return missing_; }

  /// Milliseconds of a call, over calls that take about so many seconds.
  double time(const std::string& mode, std::string_view work, double seconds) {
    return ask(fmt::format("{} {} {}", mode, work, seconds));
  }
  /// MiB by which its memory has grown at most.
  double memory() { return ask("memory"); }

 private:
  peer() = default;  // so that one that does not come up is ended
  double ask(const std::string& line) {
    fmt::print(to_, "{}\n", line);
    std::fflush(to_);
    const std::string said = answer();
    char* end = nullptr;
    const double number = std::strtod(said.c_str(), &end);
    iqnrl::require<iqnrl::file_error>(end != said.c_str(), "`{}` answered `{}` to `{}`; a number was expected",
                                      command_, said, line);
    return number;
  }
  std::string answer() {
    std::string line;
    for (int c = std::fgetc(from_); c != '\n'; c = std::fgetc(from_)) {
      iqnrl::require<iqnrl::file_error>(c != EOF, "`{}` ended before it answered; run it by itself to see why",
                                        command_);
      line += static_cast<char>(c);
    }
    return line;
  }

  std::string command_;
  pid_t child_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  std::vector<std::string> modes_;
  std::vector<std::pair<std::string, std::string>> missing_;
};

}  // namespace bench
