// Logs: rows survive, numbers come back bit for bit, damage is named by line.
#include <bit>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include <doctest/doctest.h>

#include <iqnrl/io/csv.hpp>

#include "scratch_folder.hpp"

namespace {

using namespace iqnrl;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::string text_of(const std::filesystem::path& path) { return std::string(io::as_text(io::read_file(path))); }
void put(const std::filesystem::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

template <class Error, class Call>
std::string message(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

/// Files cannot grow beyond `bytes` while this lives: a full disk on demand.
class small_disk {
 public:
  explicit small_disk(std::size_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("csv_log: header once, shortest numbers, NaN as an empty cell, each row there at once") {
  const scratch_folder folder("iqnrl-csv");
  const std::filesystem::path path = folder / "log.csv";
  io::csv_log log(path, {"step", "mean, last 100", "a \"b\"", "line\nbreak"});
  const std::string header = "step,\"mean, last 100\",\"a \"\"b\"\"\",\"line\nbreak\"\n";
  CHECK(text_of(path) == header);
  log.row({1, 0.1, none, -2.5e-7});
  CHECK(text_of(path) == header + "1,0.1,,-2.5e-07\n");
  log.row({none, none, none, std::numeric_limits<double>::infinity()});
  log.flush();
  CHECK(text_of(path) == header + "1,0.1,,-2.5e-07\n,,,inf\n");
}

TEST_CASE("csv_log and read_csv: every number comes back bit for bit") {
  const scratch_folder folder("iqnrl-csv");
  std::vector<double> values{0.0,
                             -0.0,
                             1.0 / 3.0,
                             5e-324,
                             -1.7976931348623157e308,
                             1e23,
                             123456789012345680.0,
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()};
  std::uint64_t bits = 0x9E3779B97F4A7C15U;
  for (int i = 0; i < 1000; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    if (const double value = std::bit_cast<double>(bits); !std::isnan(value)) values.push_back(value);
  }
  {
    io::csv_log log(folder / "log.csv", {"x", "y"});
    for (const double value : values) log.row({value, none});
  }
  const io::csv_table table = io::read_csv(folder / "log.csv");
  REQUIRE(table.rows.size() == values.size());
  const std::vector<double> x = table.column("x");
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(std::bit_cast<std::uint64_t>(x[i]) == std::bit_cast<std::uint64_t>(values[i]));
    CHECK(std::isnan(table.rows[i][1]));
  }
  CHECK_THROWS_WITH_AS((void)table.column("z"), "there is no column 'z' among x, y; correct the name", file_error);
}

TEST_CASE("csv_log: a log is continued, a cut-off line is removed, another file is not touched") {
  const scratch_folder folder("iqnrl-csv");
  const std::filesystem::path path = folder / "log.csv";
  struct variant {
    std::string before, after;
  };
  const std::vector<variant> table{{"", "a,b\n3,4\n"},
                                   {"a", "a,b\n3,4\n"},
                                   {"a,b", "a,b\n3,4\n"},
                                   {"a,b\n", "a,b\n3,4\n"},
                                   {"a,b\n1,2\n", "a,b\n1,2\n3,4\n"},
                                   {"a,b\n1,2\n5", "a,b\n1,2\n3,4\n"},
                                   {"a,b\n1,2\n5,6", "a,b\n1,2\n3,4\n"}};
  for (const variant& v : table) {
    put(path, v.before);
    CAPTURE(v.before);
    io::csv_log(path, {"a", "b"}).row({3, 4});
    CHECK(text_of(path) == v.after);
  }
  for (const std::string other : {"a\n", "a,c\n1,2\n", "a,b,c\n", "a,b\r\n1,2\r\n", "photograph"}) {
    put(path, other);
    CHECK(message<file_error>([&] {
            io::csv_log(path, {"a", "b"});
          }) ==
          "the log '" + path.string() + "' exists with other columns than a,b; move it away or choose another name");
    CHECK(text_of(path) == other);
  }
}

TEST_CASE("csv_log: moved, it goes on") {
  const scratch_folder folder("iqnrl-csv");
  std::vector<io::csv_log> logs;
  logs.emplace_back(folder / "1.csv", std::vector<std::string>{"x"});
  logs.emplace_back(folder / "2.csv", std::vector<std::string>{"x"});
  logs[0].row({1});
  logs[1].row({none});
  CHECK(text_of(folder / "1.csv") == "x\n1\n");
  CHECK(text_of(folder / "2.csv") == "x\n\"\"\n");
  CHECK(io::read_csv(folder / "2.csv").rows.size() == 1);
}

TEST_CASE("csv_log: a full disk is an error, keeps the rows before it, and can be overcome") {
  const scratch_folder folder("iqnrl-csv");
  const std::filesystem::path path = folder / "log.csv";
  io::csv_log log(path, {"a", "b"});
  log.row({1, 2});
  std::string full;
  {
    const small_disk limit(10);
    full = message<file_error>([&] { log.row({123456, 2}); });
  }
  CHECK(full == "cannot write the log '" + path.string() +
                    "': File too large; raise the limit on file sizes or choose another disk");
  CHECK(text_of(path) == "a,b\n1,2\n");
  log.row({3, 4});
  CHECK(text_of(path) == "a,b\n1,2\n3,4\n");
  CHECK(message<file_error>([] { io::csv_log("/dev/full", {"a"}); }) ==
        "cannot write the log '/dev/full': No space left on device; free space on that disk or choose another one");
}

TEST_CASE("csv_log: what it refuses") {
  const scratch_folder folder("iqnrl-csv");
  const std::string missing = (folder / "no/log.csv").string();
  CHECK(message<file_error>([&] { io::csv_log(missing, {"a"}); }) ==
        "cannot open the log '" + missing + "': No such file or directory; create the folder or correct the path");
  CHECK_THROWS_AS(io::csv_log(folder.path(), {"a"}), file_error);
  CHECK_THROWS_AS(io::csv_log(folder / "log.csv", {}), config_error);
  CHECK(message<config_error>([&] {
          io::csv_log(folder / "log.csv", {"a", "b", "a"});
        }).find("column a twice") != std::string::npos);
  CHECK(folder.files() == 0);
  const std::string path = (folder / "log.csv").string();
  io::csv_log log(path, {"a", "b"});
  CHECK(message<shape_error>([&] {
          log.row({1, 2, 3});
        }) == "a row of the log '" + path + "' has 3 values, but the log has 2 columns; pass one value per column");
  CHECK(text_of(path) == "a,b\n");
}

TEST_CASE("read_csv: quotes, line ends, missing last line end") {
  const scratch_folder folder("iqnrl-csv");
  const std::filesystem::path path = folder / "log.csv";
  put(path, "\"a,\"\"b\"\"\",c\r\n1,\"2\"\r\n,4e1\n-5,\"\"");
  const io::csv_table table = io::read_csv(path);
  CHECK(table.columns == std::vector<std::string>{"a,\"b\"", "c"});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0] == std::vector<double>{1, 2});
  CHECK(std::isnan(table.rows[1][0]));
  CHECK(table.rows[1][1] == 40);
  CHECK(table.rows[2][0] == -5);
  CHECK(std::isnan(table.rows[2][1]));
}

TEST_CASE("read_csv: damage is named with its line") {
  const scratch_folder folder("iqnrl-csv");
  const std::filesystem::path path = folder / "log.csv";
  struct variant {
    std::string text, reason;
  };
  const std::vector<variant> table{{"a,b\n1,2\n3\n", "line 3 of 'PATH' has 1 cells, but the header has 2"},
                                   {"a,b\n1,2,3\n", "line 2 of 'PATH' has 3 cells, but the header has 2"},
                                   {"\"a\nb\",c\n1,2\n\n", "line 4 of 'PATH' has 1 cells, but the header has 2"},
                                   {"a\n1 \n", "line 2 of 'PATH' has the cell \"1 \", which is no number"},
                                   {"a\nx\n", "line 2 of 'PATH' has the cell \"x\", which is no number"},
                                   {"a\n1e999\n", "line 2 of 'PATH' has the cell \"1e999\", which is no number"},
                                   {"a\n\"1\n", "line 2 of 'PATH' has a quote that does not end"},
                                   {"a\n\"1\"2\n", "line 2 of 'PATH' has something else where a comma or"},
                                   {"a\n1\"2\n", "line 2 of 'PATH' has something else where a comma or"},
                                   {"a\n1\r2\n", "line 2 of 'PATH' has something else where a comma or"},
                                   {"", "'PATH' is empty; give a CSV file with a header"}};
  for (const variant& v : table) {
    put(path, v.text);
    std::string expected = v.reason;
    expected.replace(expected.find("PATH"), 4, path.string());
    const std::string actual = message<file_error>([&] { (void)io::read_csv(path); });
    CAPTURE(v.text);
    CAPTURE(actual);
    CHECK(actual.starts_with(expected));
  }
  CHECK_THROWS_AS((void)io::read_csv(folder / "no.csv"), file_error);
}
