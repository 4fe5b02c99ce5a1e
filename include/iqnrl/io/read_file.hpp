// A whole file in memory.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include <iqnrl/core/error.hpp>

namespace iqnrl::io {

/// The bytes of a regular file. Throws file_error if it is missing, no regular file, unreadable or changing meanwhile,
/// and memory_error if it does not fit into memory.
[[nodiscard]] inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code reason;
  const fs::file_status status = fs::status(path, reason);
  require<file_error>(status.type() != fs::file_type::not_found,
                      "cannot read '{}': there is no such file; correct the path", path.string());
  require<file_error>(!reason, "cannot read '{}': {}; correct the path or permit this user to read it", path.string(),
                      reason.message());
  require<file_error>(status.type() == fs::file_type::regular,
                      "cannot read '{}': it is not a regular file; give the name of a file", path.string());
  const std::uintmax_t size = fs::file_size(path, reason);
  require<file_error>(!reason, "cannot read the size of '{}': {}; check the disk", path.string(), reason.message());
  std::ifstream file(path, std::ios::binary);
  require<file_error>(file.is_open(), "cannot open '{}': {}; permit this user to read it", path.string(),
                      std::generic_category().message(errno));
  std::vector<std::byte> bytes;
  try {
    bytes.resize(static_cast<std::size_t>(size));
  } catch (const std::exception&) {
    throw memory_error(
        fmt::format("'{}' has {} bytes, more than this process may allocate; free memory or use a smaller file",
                    path.string(), size));
  }
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  require<file_error>(
      static_cast<std::uintmax_t>(file.gcount()) == size,
      "only {} of the {} bytes of '{}' could be read; check the disk, or wait until nobody writes the file",
      file.gcount(), size, path.string());
  return bytes;
}

/// Bytes seen as text.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace iqnrl::io
