// A folder of golden vectors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <vector>

#include <iqnrl/core/error.hpp>

namespace golden {

/// The most axes that a tensor of a case has.
inline constexpr std::size_t highest_rank = 6;

/// The files of a folder, one a case, by name. Throws file_error when there are none.
[[nodiscard]] inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    if (entry.path().extension() == ".safetensors") paths.push_back(entry.path());
  }
  iqnrl::require<iqnrl::file_error>(
      !paths.empty(), "'{}' holds no golden vectors (*.safetensors); set IQNRL_GOLDEN_DIR to a folder that does",
      folder.string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace golden
