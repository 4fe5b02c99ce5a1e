// Atomic replacement: whatever call fails, the old file is there and nothing else is.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/io/read_file.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace iqnrl;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(const std::filesystem::path& path) { return std::string(io::as_text(io::read_file(path))); }

/// The real system calls, except that the n-th fails, and that each writes at most `most` bytes.
struct faulty {
  struct plan {
    int fail_at = -1;
    int reason = EIO;
    std::size_t most = 1U << 20U;
    std::vector<std::string> calls;
  };
  std::shared_ptr<plan> p = std::make_shared<plan>();
  io::detail::posix real;

  bool fails(std::string_view call) {
    p->calls.emplace_back(call);
    const bool hit = static_cast<int>(p->calls.size()) - 1 == p->fail_at;
    if (hit) errno = p->reason;
    return hit;
  }
  int create(const std::string& path) { return fails("create") ? -1 : real.create(path); }
  int open_folder(const std::string& path) { return fails("open_folder") ? -1 : real.open_folder(path); }
  ssize_t write(int file, const std::byte* data, std::size_t size) {
    return fails("write") ? -1 : real.write(file, data, std::min(size, p->most));
  }
  int change_mode(int file, unsigned mode) { return fails("change_mode") ? -1 : real.change_mode(file, mode); }
  int sync(int file) { return fails("sync") ? -1 : real.sync(file); }
  int close(int file) {
    const int result = real.close(file);
    return fails("close") ? -1 : result;
  }
  int rename(const std::string& from, const std::string& to) { return fails("rename") ? -1 : real.rename(from, to); }
  int remove(const std::string& path) { return real.remove(path); }
  int process() { return real.process(); }
};

}  // namespace

TEST_CASE("write_atomically: creates, replaces, joins pieces") {
  const scratch_folder folder("iqnrl-atomic");
  const std::filesystem::path path = folder / "file";
  io::write_atomically(path, bytes_of("first"));
  CHECK(text_of(path) == "first");
  const std::array<std::span<const std::byte>, 3> pieces{bytes_of("sec"), bytes_of(""), bytes_of("ond")};
  io::write_atomically(path, pieces);
  CHECK(text_of(path) == "second");
  io::write_atomically(path, bytes_of(""));
  CHECK(text_of(path).empty());
  CHECK(folder.files() == 1);
}

TEST_CASE("write_atomically: the order of calls is the one that survives a power loss; short writes are continued") {
  const scratch_folder folder("iqnrl-atomic");
  faulty os;
  os.p->most = 2;
  io::write_atomically(folder / "file", bytes_of("12345"), os);
  CHECK(text_of(folder / "file") == "12345");
  CHECK(os.p->calls == std::vector<std::string>{"open_folder", "create", "write", "write", "write", "sync", "close",
                                                "rename", "sync", "close"});
}

TEST_CASE("write_atomically: whichever call fails, the old file stays and nothing is left over") {
  const scratch_folder folder("iqnrl-atomic");
  const std::filesystem::path path = folder / "file";
  const std::vector<std::string> order{"open_folder", "create", "change_mode", "write", "write",
                                       "sync",        "close",  "rename",      "sync",  "close"};
  for (int at = 0; at < static_cast<int>(order.size()); ++at) {
    io::write_atomically(path, bytes_of("old"));
    faulty os;
    os.p->most = 2;
    os.p->fail_at = at;
    os.p->reason = ENOSPC;
    CAPTURE(at);
    std::string message;
    try {
      io::write_atomically(path, bytes_of("new"), os);
    } catch (const file_error& e) {
      message = e.what();
    }
    CAPTURE(message);
    CHECK(folder.files() == 1);
    CHECK(os.p->calls[static_cast<std::size_t>(at)] == order[static_cast<std::size_t>(at)]);
    if (at == 9) {
      CHECK(message.empty());
      continue;
    }
    CHECK(text_of(path) == (at < 8 ? "old" : "new"));
    CHECK(message.find(path.string()) != std::string::npos);
    CHECK(message.find("No space left on device; free space on that disk or choose another one") != std::string::npos);
    CHECK((message.find("power loss") != std::string::npos) == (at == 8));
  }
}

TEST_CASE("write_atomically: signals are no failures, nor is a file system without a wait for folders") {
  const scratch_folder folder("iqnrl-atomic");
  for (const int at : {2, 3, 4}) {
    faulty os;
    os.p->fail_at = at;
    os.p->reason = EINTR;
    std::filesystem::remove(folder / "file");
    io::write_atomically(folder / "file", bytes_of("new"), os);
    CHECK(text_of(folder / "file") == "new");
  }
  faulty os;
  os.p->fail_at = 6;
  os.p->reason = EINVAL;
  std::filesystem::remove(folder / "file");
  io::write_atomically(folder / "file", bytes_of("newer"), os);
  CHECK(os.p->calls.at(6) == "sync");
  CHECK(text_of(folder / "file") == "newer");
}

TEST_CASE("write_atomically: the message names path, reason and cure") {
  const scratch_folder folder("iqnrl-atomic");
  io::write_atomically(folder / "file", bytes_of("old"));
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      io::write_atomically(path, bytes_of("new"));
    } catch (const file_error& e) {
      return e.what();
    }
    return "accepted";
  };
  const std::filesystem::path missing = folder / "none/file";
  CHECK(message(missing) == "cannot open the folder of '" + missing.string() +
                                "': No such file or directory; create the folder or correct the path");
  const std::filesystem::path below = folder / "file/file";
  CHECK(message(below) == "cannot open the folder of '" + below.string() +
                              "': Not a directory; correct the path, a part of it is a file and not a folder");
  CHECK(message(folder.path()).find("give the name of a file, this is a folder") != std::string::npos);
  CHECK(message(folder / "").find("add a file name") != std::string::npos);
  CHECK(message("").find("add a file name") != std::string::npos);
  CHECK(message("/dev/null").find("device, pipe or socket") != std::string::npos);
  CHECK(message(folder / std::string(300, 'x')).find("choose a shorter name") != std::string::npos);
  CHECK(text_of(folder / "file") == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("write_atomically: a symbolic link stays one, permissions and left-over temporaries stay too") {
  namespace fs = std::filesystem;
  const scratch_folder folder("iqnrl-atomic");
  fs::create_directory(folder / "far");
  io::write_atomically(folder / "far/file", bytes_of("old"));
  fs::permissions(folder / "far/file", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("far/file", folder / "link");
  const fs::path left_over = folder / fmt::format("far/.iqnrl-{}-0.tmp", ::getpid());
  io::write_atomically(left_over, bytes_of("left over"));
  io::write_atomically(folder / "link", bytes_of("new"));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(text_of(folder / "far/file") == "new");
  CHECK(fs::status(folder / "far/file").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(text_of(left_over) == "left over");
  fs::create_symlink("nowhere", folder / "dangling");
  CHECK_THROWS_AS(io::write_atomically(folder / "dangling", bytes_of("new")), file_error);
}
