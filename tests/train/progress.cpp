#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <iqnrl/train/progress.hpp>

namespace {

/// A pseudo-terminal of a given width: what is written to `file` can be read back.
class terminal {
 public:
  explicit terminal(unsigned short columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    file_ = std::fopen(::ptsname(master_), "w");
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    if (file_ != nullptr) ::ioctl(::fileno(file_), TIOCSWINSZ, &size);
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal() {
    if (file_ != nullptr) std::fclose(file_);
    if (master_ >= 0) ::close(master_);
  }

  [[nodiscard]] std::FILE* file() const { return file_; }

  /// All that has been written since the last call.
  [[nodiscard]] std::string read() const {
    std::string text;
    pollfd wait{master_, POLLIN, 0};
    while (::poll(&wait, 1, 20) == 1) {
      char buffer[1024];
      const ssize_t n = ::read(master_, buffer, sizeof buffer);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }

 private:
  int master_;
  std::FILE* file_ = nullptr;
};

/// What a terminal shows of a text with carriage returns: later characters overwrite earlier ones.
std::string shown(const std::string& text) {
  std::string line;
  std::size_t at = 0;
  for (const char c : text) {
    if (c == '\r') {
      at = 0;
      continue;
    }
    if (at == line.size()) line += ' ';
    line[at++] = c;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

void wait_for_next_draw() { std::this_thread::sleep_for(std::chrono::milliseconds(110)); }

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("count_text") {
  CHECK(iqnrl::count_text(0) == "0");
  CHECK(iqnrl::count_text(999) == "999");
  CHECK(iqnrl::count_text(999.6) == "1.0k");
  CHECK(iqnrl::count_text(1000) == "1.0k");
  CHECK(iqnrl::count_text(12345) == "12.3k");
  CHECK(iqnrl::count_text(99949) == "99.9k");
  CHECK(iqnrl::count_text(99951) == "100k");
  CHECK(iqnrl::count_text(999499) == "999k");
  CHECK(iqnrl::count_text(999500) == "1.0M");
  CHECK(iqnrl::count_text(2.5e9) == "2.5G");
  CHECK(iqnrl::count_text(static_cast<double>(std::numeric_limits<std::uint64_t>::max())) == "18.4E");
}

TEST_CASE("duration_text") {
  CHECK(iqnrl::duration_text(0) == "0s");
  CHECK(iqnrl::duration_text(0.4) == "0s");
  CHECK(iqnrl::duration_text(12) == "12s");
  CHECK(iqnrl::duration_text(59.4) == "59s");
  CHECK(iqnrl::duration_text(59.6) == "1m00s");
  CHECK(iqnrl::duration_text(185) == "3m05s");
  CHECK(iqnrl::duration_text(3599.4) == "59m59s");
  CHECK(iqnrl::duration_text(3599.6) == "1h00m");
  CHECK(iqnrl::duration_text(7800) == "2h10m");
  CHECK(iqnrl::duration_text(86400 * 4 + 3600 * 3) == "4d03h");
  CHECK(iqnrl::duration_text(-1) == "?");
  CHECK(iqnrl::duration_text(not_a_number) == "?");
  CHECK(iqnrl::duration_text(infinity) == "?");
  CHECK(iqnrl::duration_text(1e300) == "?");
}

TEST_CASE("progress_text: all parts") {
  // 29 000 steps are left at 156.8 steps/s: 185 s.
  CHECK(iqnrl::progress_text({21000, 50000, 156.8, 31.2, 123.456, 120}) ==
        "42%  3m05s left  return 123.46  157 steps/s  31 updates/s  21.0k of 50.0k steps");
  CHECK(iqnrl::progress_text({50000, 50000, 12345.0, 0.25, -20.0, 120}) ==
        "100%  0s left  return -20  12.3k steps/s  0.2 updates/s  50.0k of 50.0k steps");
}

TEST_CASE("progress_text: what is unknown says so") {
  CHECK(iqnrl::progress_text({.steps = 0, .total = 100}) == "0%  ? left  ? steps/s  ? updates/s  0 of 100 steps");
  CHECK(iqnrl::progress_text({.steps = 5}) == "? steps/s  ? updates/s  5 steps");
  CHECK(iqnrl::progress_text(
            {.steps = 5, .total = 10, .steps_per_second = not_a_number, .updates_per_second = infinity}) ==
        "50%  ? left  ? steps/s  ? updates/s  5 of 10 steps");
  CHECK(iqnrl::progress_text({.steps = 5, .total = 10, .steps_per_second = 0.0, .updates_per_second = -1.0}) ==
        "50%  ? left  0.0 steps/s  ? updates/s  5 of 10 steps");
  CHECK(iqnrl::progress_text({.steps = 999, .total = 1000, .latest_return = not_a_number})
            .starts_with("99%  ? left  return nan"));
}

TEST_CASE("progress_text: never wider than asked, and what is left is whole") {
  const std::string full = "42%  3m05s left  return 123.46  157 steps/s  31 updates/s  21.0k of 50.0k steps";
  for (std::size_t width = 0; width <= 100; ++width) {
    const std::string text = iqnrl::progress_text({21000, 50000, 156.8, 31.2, 123.456, width});
    CHECK(text.size() <= width);
    CHECK(full.starts_with(text));
    CHECK((text.size() == full.size() || text.empty() || full.substr(text.size()).starts_with("  ")));
  }
  CHECK(iqnrl::progress_text({21000, 50000, 156.8, 31.2, 123.456, full.size()}) == full);
  CHECK(iqnrl::progress_text({21000, 50000, 156.8, 31.2, 123.456, 14}) == "42%");
  CHECK(iqnrl::progress_text({21000, 50000, 156.8, 31.2, 123.456, 15}) == "42%  3m05s left");
}

TEST_CASE("progress_line: silent where there is no terminal") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  REQUIRE(file);
  {
    iqnrl::progress_line line(100, file.get());
    for (std::uint64_t i = 0; i <= 100; ++i) line.update(i, i / 2, 1.0);
    line.clear();
    line.finish();
  }
  CHECK(std::ftell(file.get()) == 0);
  iqnrl::progress_line none(100, nullptr);
  none.update(1, 1);
  none.finish();
}

TEST_CASE("progress_line: one line in a terminal, drawn seldom and erased at the end") {
  const terminal screen(48);
  if (screen.file() == nullptr) {
    MESSAGE("no pseudo-terminal here");
    return;
  }
  {
    iqnrl::progress_line line(1000, screen.file());
    line.update(500, 100, 12.5);
    CHECK(shown(screen.read()) == "50%  ? left  return 12.5  ? steps/s");
    for (int i = 0; i < 1000; ++i) line.update(501, 100, 12.5);
    const std::string soon = screen.read();
    CHECK(std::count(soon.begin(), soon.end(), '\r') <= 2);

    wait_for_next_draw();
    line.update(600, 150);
    const std::string later = screen.read();
    CHECK(later.find('\n') == std::string::npos);
    CHECK(later.size() <= 48);
    CHECK(shown(later).starts_with("60%  "));
    CHECK(later.find("? ") == std::string::npos);

    line.clear();
    CHECK(shown(later + screen.read()).empty());
    wait_for_next_draw();
    line.update(1000, 200);
    const std::string last = screen.read();
    CHECK(shown(last).starts_with("100%  0s left"));
    line.finish();
    CHECK(shown(last + screen.read()).empty());
    wait_for_next_draw();
    line.update(1000, 200);
    CHECK(screen.read().empty());
  }
  CHECK(screen.read().empty());
  {
    iqnrl::progress_line line(10, screen.file());
    line.update(1, 0);
  }
  CHECK(shown(screen.read()).empty());
}
