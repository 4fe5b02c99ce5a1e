// A folder for the files of one test.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include <fmt/format.h>

/// An empty folder of this process that is removed with all it holds.
class scratch_folder {
 public:
  explicit scratch_folder(std::string_view name)
      : path_(std::filesystem::temp_directory_path() / fmt::format("{}-{}", name, ::getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// How many files and folders it holds.
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (auto at = std::filesystem::directory_iterator(path_); at != std::filesystem::directory_iterator(); ++at)
      ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};
