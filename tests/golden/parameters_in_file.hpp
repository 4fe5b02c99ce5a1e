// Parameters of a network as a file has them: stored, or numbers of a stream that starts at its seed.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <golden/run.hpp>

namespace golden {

/// Tensors of the stream that starts at `<prefix>lcg_seed`, by the names of `param_layout`: in [-1, 1), times 2^-4 for
/// one axis, else 2^-e with the largest e such that 4^e <= fan-in, and an eighth of that for a `sigma`.
template <class Run>
std::map<std::string, std::vector<double>> streamed_parameters(const Run& r, const std::string& prefix = "") {
  std::uint64_t state = std::stoull(r.text(prefix + "lcg_seed"));
  std::map<std::string, std::vector<double>> all;
  std::string_view layout = r.text("param_layout");
  while (!layout.empty()) {
    const std::string_view entry = layout.substr(0, layout.find(' '));
    layout.remove_prefix(std::min(layout.size(), entry.size() + 1));
    const std::size_t colon = entry.find(':');
    std::vector<std::size_t> shape;
    for (std::string_view rest = entry.substr(colon + 1); !rest.empty();) {
      const std::string_view extent = rest.substr(0, rest.find('x'));
      shape.push_back(std::stoull(std::string(extent)));
      rest.remove_prefix(std::min(rest.size(), extent.size() + 1));
    }
    std::size_t size = 1;
    for (const std::size_t n : shape) size *= n;
    const std::string name(entry.substr(0, colon));
    double scale = 0x1p-4;
    if (shape.size() > 1) {
      scale = 1;
      for (std::size_t fan = size / shape[0]; fan >= 4; fan /= 4) scale /= 2;
    }
    if (name.find("sigma") != std::string::npos) scale /= 8;
    std::vector<double>& values = all[name];
    for (std::size_t i = 0; i < size; ++i) {
      state = 6364136223846793005U * state + 1442695040888963407U;
      values.push_back((static_cast<double>(state >> 40U) * 0x1p-23 - 1) * scale);
    }
  }
  return all;
}

}  // namespace golden
