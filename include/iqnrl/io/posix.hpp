// The calls to the operating system that file writing needs, and the sentence to say when one of them fails.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>

namespace iqnrl::io::detail {

/// The system calls used to write files. Each returns what the call of the same meaning returns and leaves the reason
/// of a failure in `errno`. A type of the same shape stands in for it where failures are to be provoked.
struct posix {
  int create(const std::string& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }
  int open_for_append(const std::string& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  int open_folder(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }
  ssize_t write(int file, const std::byte* data, std::size_t size) { return ::write(file, data, size); }
  int change_mode(int file, unsigned mode) { return ::fchmod(file, static_cast<mode_t>(mode)); }
  int truncate(int file, std::size_t size) { return ::ftruncate(file, static_cast<off_t>(size)); }
  int sync(int file) { return ::fsync(file); }
  int close(int file) { return ::close(file); }
  int rename(const std::string& from, const std::string& to) { return ::rename(from.c_str(), to.c_str()); }
  int remove(const std::string& path) { return ::unlink(path.c_str()); }
  int process() { return ::getpid(); }
};

/// An open file that is closed when it goes out of scope.
template <class Os = posix>
class descriptor {
 public:
  descriptor(Os os, int file) : os_(std::move(os)), file_(file) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor(descriptor&& other) noexcept : os_(other.os_), file_(std::exchange(other.file_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(os_, other.os_);
    std::swap(file_, other.file_);
    return *this;
  }
  ~descriptor() {
    if (file_ >= 0) os_.close(file_);
  }

  [[nodiscard]] int get() const { return file_; }
  [[nodiscard]] bool is_open() const { return file_ >= 0; }
  /// Closes now and returns what the system says, since a late write error may be told only here.
  int close() { return os_.close(std::exchange(file_, -1)); }

 private:
  Os os_;
  int file_;
};

/// What a person can do about a system error.
[[nodiscard]] inline std::string_view cure(int reason) {
  switch (reason) {
    case ENOENT:
      return "create the folder or correct the path";
    case ENOTDIR:
      return "correct the path, a part of it is a file and not a folder";
    case EISDIR:
      return "give the name of a file, this is a folder";
    case EACCES:
    case EPERM:
      return "permit this user to write there or choose another folder";
    case EROFS:
      return "choose a folder on a writable disk";
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk or choose another one";
    case EFBIG:
      return "raise the limit on file sizes or choose another disk";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    default:
      return "check the disk and the path";
  }
}

/// Throws file_error: "cannot ACTION 'PATH': REASON; CURE".
[[noreturn]] inline void fail(std::string_view action, const std::filesystem::path& path, int reason) {
  throw file_error(fmt::format("cannot {} '{}': {}; {}", action, path.string(), std::generic_category().message(reason),
                               cure(reason)));
}

/// Writes all of `data`, going on after signals and short writes. Returns 0, or the reason of the failure.
template <class Os>
[[nodiscard]] int write_all(Os& os, int file, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t written = os.write(file, data.data(), data.size());
    if (written > 0) {
      data = data.subspan(static_cast<std::size_t>(written));
    } else if (written == 0) {
      return EIO;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/// Waits until the file or folder is on the disk, going on after signals. Returns 0, also where the file system knows
/// no such wait (pipes, some network file systems), or the reason of the failure.
template <class Os>
[[nodiscard]] int sync(Os& os, int file) {
  while (os.sync(file) != 0) {
    if (errno == EINVAL || errno == ENOTSUP) return 0;
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace iqnrl::io::detail
