// The spectral norms of a network.
#pragma once

#include <vector>

#include <iqnrl/core/view.hpp>

namespace golden {

/// Norms of all spectrally normalised weights, in the order of their declaration.
template <class Layer, class T>
void collect_norms(const Layer& layer, const iqnrl::view<T, 1>& prepared, std::vector<iqnrl::view<T, 1>>& norms) {
  if constexpr (requires { layer.norm(prepared); }) norms.push_back(layer.norm(prepared));
  if constexpr (requires { layer.children([](const auto&) {}); }) {
    layer.children([&](const auto& child) { collect_norms(child, prepared, norms); });
  }
}

}  // namespace golden
