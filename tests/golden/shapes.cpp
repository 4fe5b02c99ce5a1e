// Writes the sizes and scalars of a folder of golden vectors as a header, so that the runner can have them as template
// arguments: iqnrl_golden_shapes <folder> <header>. A file that cannot be read is left out; the runner says why.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <golden/folder.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/io/atomic_file.hpp>
#include <iqnrl/io/safetensors.hpp>

namespace {

/// A text as a C++ string literal.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 32 || code > 126 || c == '"' || c == '\\' || c == '?') {
      out += fmt::format("\\{:03o}", code);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// The arrays of one case, numbered so that any file name will do.
std::string arrays(const iqnrl::io::safetensors& file, std::size_t number) {
  std::string tensors;
  std::size_t count = 0;
  for (const auto& t : file.tensors()) {
    if (t.shape.size() > golden::highest_rank) continue;
    std::string extents;
    for (const std::size_t e : t.shape) extents += fmt::format("{}{}", extents.empty() ? "" : ", ", e);
    tensors += fmt::format("    tensor_shape{{{}, {}, {{{}}}}},\n", literal(t.name), t.shape.size(), extents);
    ++count;
  }
  std::string scalars;
  for (const auto& [key, value] : file.metadata()) {
    scalars += fmt::format("    scalar{{{}, {}}},\n", literal(key), literal(value));
  }
  return fmt::format(
      "inline constexpr std::array<tensor_shape, {1}> tensors_{0}{{{{\n{2}}}}};\n"
      "inline constexpr std::array<scalar, {3}> scalars_{0}{{{{\n{4}}}}};\n",
      number, count, tensors, file.metadata().size(), scalars);
}

std::string header(const std::vector<std::filesystem::path>& paths) {
  std::string text =
      "// Generated from the golden vectors; do not edit.\n#pragma once\n\nnamespace golden::shapes {\n\n";
  std::string cases;
  std::size_t count = 0;
  for (const auto& path : paths) {
    try {
      text += arrays(iqnrl::io::safetensors::read(path), count);
    } catch (const iqnrl::error& e) {
      fmt::print(stderr, "iqnrl_golden_shapes: {}\n", e.what());
      continue;
    }
    cases += fmt::format("    case_shape{{{0}, tensors_{1}, scalars_{1}}},\n", literal(path.stem().string()), count);
    ++count;
  }
  return text +
         fmt::format(
             "\ninline constexpr std::array<case_shape, {}> cases{{{{\n{}}}}};\n\n}}  // namespace golden::shapes\n",
             count, cases);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    iqnrl::require<iqnrl::config_error>(
        argc == 3, "iqnrl_golden_shapes was given {} arguments; give a folder and the header to write", argc - 1);
    const std::string text = header(golden::files_in(argv[1]));
    iqnrl::io::write_atomically(argv[2], std::as_bytes(std::span(text)));
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "iqnrl_golden_shapes: {}\n", e.what());
    return 1;
  }
}
