// Replaces a file in one step: a reader, a crash or a power loss sees the old file or the new one, nothing between.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/io/posix.hpp>

namespace iqnrl::io {

namespace detail {

/// The file that a write to `path` replaces: symbolic links are followed, and only a regular file may be replaced.
[[nodiscard]] inline std::filesystem::path replaceable(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code reason;
  const fs::file_status status = fs::symlink_status(path, reason);
  if (status.type() == fs::file_type::not_found) return path;
  if (reason) fail("write", path, reason.value());
  if (status.type() == fs::file_type::regular) return path;
  if (status.type() == fs::file_type::directory) fail("write", path, EISDIR);
  require<file_error>(status.type() == fs::file_type::symlink,
                      "cannot write '{}': it is a device, pipe or socket; give the name of a regular file",
                      path.string());
  const fs::path target = fs::canonical(path, reason);
  if (reason) fail("follow the symbolic link", path, reason.value());
  return replaceable(target);
}

/// A file being written beside its final name; removed again unless it was put in place.
template <class Os>
class temporary_file {
 public:
  temporary_file(Os& os, const std::filesystem::path& folder) : os_(os), file_(os, -1) {
    constexpr int attempts = 1000;
    for (int i = 0; i < attempts && !file_.is_open(); ++i) {
      name_ = (folder / fmt::format(".iqnrl-{}-{}.tmp", os.process(), i)).string();
      file_ = descriptor<Os>(os, os.create(name_));
      if (!file_.is_open() && errno != EEXIST) return;
    }
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() {
    if (created_here()) os_.remove(name_);
  }

  [[nodiscard]] bool is_open() const { return file_.is_open(); }
  [[nodiscard]] int get() const { return file_.get(); }

  /// Closes the file and gives it the name `path`. Returns 0, or the reason of the failure.
  [[nodiscard]] int move_to(const std::filesystem::path& path) {
    closed_ = true;
    if (file_.close() != 0 && errno != EINTR) return errno;
    if (os_.rename(name_, path.string()) != 0) return errno;
    closed_ = false;
    return 0;
  }

 private:
  [[nodiscard]] bool created_here() const { return file_.is_open() || closed_; }

  Os& os_;
  std::string name_;
  descriptor<Os> file_;
  bool closed_ = false;
};

}  // namespace detail

/// Replaces the file `path` by the concatenation of `pieces`: writes a temporary file in the same folder, waits until
/// it is on the disk, renames it to `path` and waits until the folder is on the disk. The mode of an old file is kept.
/// A process killed meanwhile leaves at most a file `.iqnrl-<process>-<n>.tmp`, which may be deleted.
/// Throws file_error with path, reason and cure. The old file is then untouched and the temporary one removed, unless
/// the message says that only the last wait failed: then the new file is in place, but may not survive a power loss.
template <class Os = detail::posix>
void write_atomically(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces,
                      Os os = {}) {
  require<file_error>(path.has_filename(), "cannot write '{}': it names no file; add a file name", path.string());
  const std::filesystem::path target = detail::replaceable(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const detail::descriptor<Os> folder_file(os, os.open_folder(folder.string()));
  if (!folder_file.is_open()) detail::fail("open the folder of", path, errno);

  detail::temporary_file<Os> file(os, folder);
  if (!file.is_open()) detail::fail("create a temporary file beside", path, errno);
  std::error_code missing;
  const std::filesystem::file_status old = std::filesystem::status(target, missing);
  if (old.type() == std::filesystem::file_type::regular &&
      os.change_mode(file.get(), static_cast<unsigned>(old.permissions() & std::filesystem::perms::mask)) != 0) {
    detail::fail("keep the permissions of", path, errno);
  }
  for (const std::span<const std::byte> piece : pieces) {
    if (const int reason = detail::write_all(os, file.get(), piece)) detail::fail("write", path, reason);
  }
  if (const int reason = detail::sync(os, file.get())) detail::fail("write", path, reason);
  if (const int reason = file.move_to(target)) detail::fail("replace", path, reason);

  if (const int reason = detail::sync(os, folder_file.get())) {
    detail::fail("make sure that a power loss would not undo the finished write of", path, reason);
  }
}

/// The same for data in one piece.
template <class Os = detail::posix>
void write_atomically(const std::filesystem::path& path, std::span<const std::byte> data, Os os = {}) {
  write_atomically(path, std::span<const std::span<const std::byte>>(&data, 1), os);
}

}  // namespace iqnrl::io
