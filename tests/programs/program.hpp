// Runs a program and keeps what it said.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iqnrl/core/error.hpp>

namespace iqnrl::testing {

/// The bytes of a file; empty where there is none.
[[nodiscard]] inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// How a program ended: the signal that killed it or 0, its exit status, and what it wrote.
struct program_end {
  int signal = 0;
  int status = 0;
  std::string out;
  std::string err;
};

/// A running program. Its output goes to the files `out` and `err` of a folder.
class program {
 public:
  program(const std::filesystem::path& executable, const std::vector<std::string>& arguments,
          const std::filesystem::path& folder)
      : out_(folder / "out"), err_(folder / "err") {
    std::vector<std::string> words{executable.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t files{};
    posix_spawn_file_actions_init(&files);
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_.c_str(), flags, 0600);
    const int failed = posix_spawn(&id_, executable.c_str(), &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    require<error>(failed == 0, "{} cannot be started (error {}); build it first", executable.string(), failed);
  }
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program() {
    if (!ended_) {
      ::kill(id_, SIGKILL);
      static_cast<void>(wait());
    }
  }

  /// Returns once the program has written a line to its standard output, or has ended.
  void wait_for_line() {
    while (!ended_ && text_of(out_).find('\n') == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      reap(WNOHANG);
    }
  }

  /// What Ctrl-C does.
  void interrupt() const {
    if (!ended_) ::kill(id_, SIGINT);
  }

  /// Waits for the end.
  [[nodiscard]] program_end wait() {
    if (!ended_) reap(0);
    return {WIFSIGNALED(how_) ? WTERMSIG(how_) : 0, WIFEXITED(how_) ? WEXITSTATUS(how_) : 0, text_of(out_),
            text_of(err_)};
  }

 private:
  void reap(int options) {
    pid_t answer = -1;
    do {
      answer = ::waitpid(id_, &how_, options);
    } while (answer < 0 && errno == EINTR);
    ended_ = answer == id_;
  }

  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t id_ = 0;
  int how_ = 0;
  bool ended_ = false;
};

}  // namespace iqnrl::testing
