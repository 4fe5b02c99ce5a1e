// Runs code in a process of its own, so that a test can watch it die.
#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace iqnrl::testing {

/// How a child process ended: the signal that killed it, or 0 and its exit status.
struct child_end {
  int signal = 0;
  int status = 0;
};

/// Runs `f` in a fork of this process, which has one thread, and exits with what `f` returns; faults kill the child
/// quietly.
template <class F>
[[nodiscard]] child_end in_child(const F& f) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int s : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(s, SIG_DFL);
    int status = 255;
    try {
      status = f();
    } catch (...) {
    }
    _exit(status);
  }
  int how = 0;
  waitpid(child, &how, 0);
  return {WIFSIGNALED(how) ? WTERMSIG(how) : 0, WIFEXITED(how) ? WEXITSTATUS(how) : 0};
}

}  // namespace iqnrl::testing
