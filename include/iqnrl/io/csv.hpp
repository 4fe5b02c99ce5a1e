// Logs as CSV (RFC 4180): one header, then rows of numbers. A killed process loses at most the line it was writing.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/io/posix.hpp>
#include <iqnrl/io/read_file.hpp>

namespace iqnrl::io {

namespace detail {

/// A cell as RFC 4180 writes it: in quotes, and these doubled, if it holds a comma, a quote or a line break.
[[nodiscard]] inline std::string csv_quoted(std::string_view cell) {
  if (!cell.empty() && cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

/// The length of `text` without an unfinished last line, as a kill or a full disk may leave it.
[[nodiscard]] inline std::size_t complete_lines(std::string_view text) {
  const std::size_t last = text.rfind('\n');
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace detail

/// A CSV file that grows by rows. Every row is handed to the system at once, so that it outlives the process. A file
/// with the same header is continued, after removing a last line that was cut off; one with another content is never
/// touched. One writer at a time.
class csv_log {
 public:
  /// Opens or creates `path`. Throws config_error if there is no column or one twice, and file_error if the file cannot
  /// be written or holds other columns.
  csv_log(std::filesystem::path path, const std::vector<std::string>& columns)
      : path_(std::move(path)), columns_(columns.size()), file_(os_, -1) {
    require<config_error>(!columns.empty(), "the log '{}' has no columns; name at least one", path_.string());
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const std::string& column : columns) cells.push_back(detail::csv_quoted(column));
    const std::string header = fmt::format("{}\n", fmt::join(cells, ","));
    std::sort(cells.begin(), cells.end());
    const auto twice = std::adjacent_find(cells.begin(), cells.end());
    if (twice != cells.end()) {
      throw config_error(
          fmt::format("the log '{}' has the column {} twice; give every column its own name", path_.string(), *twice));
    }

    std::error_code reason;
    const bool continued = std::filesystem::is_regular_file(path_, reason);
    const std::size_t found = continued ? length_to_keep(header) : 0;
    file_ = detail::descriptor<>(os_, os_.open_for_append(path_.string()));
    if (!file_.is_open()) detail::fail("open the log", path_, errno);
    if (continued && os_.truncate(file_.get(), found) != 0)
      detail::fail("remove the cut-off last line of", path_, errno);
    size_ = found;
    if (size_ == 0) append(header);
  }

  /// Adds a row; NaN becomes an empty cell, other numbers the shortest text that reads back as the same number. Throws
  /// shape_error if there are not as many values as columns, and file_error if the row cannot be written; the rows
  /// before it stay, and the log can be used again once the cause is gone.
  void row(std::span<const double> values) {
    require<shape_error>(values.size() == columns_,
                         "a row of the log '{}' has {} values, but the log has {} columns; pass one value per column",
                         path_.string(), values.size(), columns_);
    std::string line;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) line += ',';
      if (!is_nan(values[i])) fmt::format_to(std::back_inserter(line), "{}", values[i]);
    }
    if (line.empty()) line = "\"\"";  // many readers skip an empty line
    append(line += '\n');
  }

  /// The same for a list.
  void row(std::initializer_list<double> values) { row(std::span(values.begin(), values.size())); }

  /// Waits until all rows are on the disk and so outlive a power loss. Throws file_error if that fails.
  void flush() {
    if (const int reason = detail::sync(os_, file_.get())) detail::fail("write the log", path_, reason);
  }

 private:
  /// What an existing file of these columns keeps; its header may have been cut off, too.
  [[nodiscard]] std::size_t length_to_keep(std::string_view header) const {
    const std::vector<std::byte> bytes = read_file(path_);
    const std::string_view text = as_text(bytes);
    if (text.starts_with(header)) return detail::complete_lines(text);
    require<file_error>(header.starts_with(text),
                        "the log '{}' exists with other columns than {}; move it away or choose another name",
                        path_.string(), header.substr(0, header.size() - 1));
    return 0;
  }

  void append(std::string_view line) {
    if (const int reason = detail::write_all(os_, file_.get(), std::as_bytes(std::span(line)))) {
      [[maybe_unused]] const int ignored = os_.truncate(file_.get(), size_);  // it failed already; the next start cuts
      detail::fail("write the log", path_, reason);
    }
    size_ += line.size();
  }

  std::filesystem::path path_;
  std::size_t columns_;
  detail::posix os_;
  detail::descriptor<> file_;
  std::size_t size_ = 0;
};

/// The content of a CSV file: names and rows of numbers, NaN for an empty cell.
struct csv_table {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;

  /// The numbers of one column. Throws file_error if there is none of that name.
  [[nodiscard]] std::vector<double> column(std::string_view name) const {
    const auto at = std::find(columns.begin(), columns.end(), name);
    require<file_error>(at != columns.end(), "there is no column '{}' among {}; correct the name", name,
                        fmt::join(columns, ", "));
    std::vector<double> values;
    for (const std::vector<double>& row : rows) values.push_back(row[static_cast<std::size_t>(at - columns.begin())]);
    return values;
  }
};

namespace detail {

/// Takes CSV text apart, a line at a time.
class csv_cursor {
 public:
  csv_cursor(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}

  [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
  /// The line where the last record began, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }

  [[noreturn]] void fail(std::string_view what) const {
    throw file_error(fmt::format("line {} of '{}' {}; correct that line or remove it", line_, origin_, what));
  }

  /// The cells of the next record.
  [[nodiscard]] std::vector<std::string> record() {
    line_ = next_line_;
    std::vector<std::string> cells;
    do {
      cells.push_back(text_.substr(position_).starts_with('"') ? quoted_cell() : plain_cell());
    } while (accept(","));
    if (!accept("\r\n") && !accept("\n") && !at_end())
      fail("has something else where a comma or the end of the line must be");
    ++next_line_;
    return cells;
  }

 private:
  [[nodiscard]] bool accept(std::string_view expected) {
    if (!text_.substr(position_).starts_with(expected)) return false;
    position_ += expected.size();
    return true;
  }

  [[nodiscard]] std::string plain_cell() {
    const std::size_t end = std::min(text_.find_first_of(",\"\r\n", position_), text_.size());
    const std::string_view cell = text_.substr(position_, end - position_);
    position_ = end;
    return std::string(cell);
  }

  [[nodiscard]] std::string quoted_cell() {
    std::string cell;
    ++position_;
    while (true) {
      const std::size_t end = text_.find('"', position_);
      if (end == std::string_view::npos) fail("has a quote that does not end");
      const std::string_view part = text_.substr(position_, end - position_);
      next_line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      cell += part;
      position_ = end + 1;
      if (!accept("\"")) return cell;
      cell += '"';
    }
  }

  std::string_view text_;
  std::string_view origin_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

[[nodiscard]] inline double csv_number(std::string_view cell, const csv_cursor& csv) {
  if (cell.empty()) return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, reason] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (reason != std::errc() || end != cell.data() + cell.size()) {
    csv.fail(fmt::format("has the cell {:?}, which is no number", cell.substr(0, 80)));
  }
  return value;
}

}  // namespace detail

/// Reads a CSV file of numbers under a header. Throws file_error if it cannot be read, is empty, has a row with another
/// number of cells than the header (named with its line), or a cell that is neither empty nor a number.
[[nodiscard]] inline csv_table read_csv(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  const std::string origin = path.string();
  require<file_error>(!bytes.empty(), "'{}' is empty; give a CSV file with a header", origin);
  detail::csv_cursor csv(as_text(bytes), origin);
  csv_table table{csv.record(), {}};
  while (!csv.at_end()) {
    const std::vector<std::string> cells = csv.record();
    if (cells.size() != table.columns.size()) {
      csv.fail(fmt::format("has {} cells, but the header has {}", cells.size(), table.columns.size()));
    }
    std::vector<double>& row = table.rows.emplace_back();
    for (const std::string& cell : cells) row.push_back(detail::csv_number(cell, csv));
  }
  return table;
}

}  // namespace iqnrl::io
