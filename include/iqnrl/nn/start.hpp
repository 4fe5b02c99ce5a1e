// How the weights of a layer start.
#pragma once

#include <cmath>
#include <cstddef>

#include <iqnrl/nn/parameters.hpp>

namespace iqnrl::nn::start {

/// Weights and bias U(-1/sqrt(n), 1/sqrt(n)), n the inputs of one output: PyTorch's default.
struct fan_in {
  [[nodiscard]] static initial weight(std::size_t inputs) {
    return initial::uniform(1 / std::sqrt(static_cast<double>(inputs)));
  }
  [[nodiscard]] static initial bias(std::size_t inputs) { return weight(inputs); }
};

/// What orthogonal weights are multiplied by, so that a layer keeps the size of its inputs.
namespace gain {
/// An output layer.
struct one {
  [[nodiscard]] static double value() { return 1; }
};
/// Leaky ReLU of slope 0.01: sqrt(2 / (1 + slope^2)) (He et al. 2015).
struct leaky_relu {
  [[nodiscard]] static double value() { return std::sqrt(2 / (1 + 0.01 * 0.01)); }
};
/// The same on cosines, whose mean square is 1/2.
struct leaky_relu_of_cosines {
  [[nodiscard]] static double value() { return std::sqrt(2.0) * leaky_relu::value(); }
};
}  // namespace gain

/// Orthogonal weights (Saxe et al. 2013) times a gain; the bias is 0.
template <class Gain = gain::one>
struct orthogonal {
  [[nodiscard]] static initial weight(std::size_t /*inputs*/) { return initial::orthogonal(Gain::value()); }
  [[nodiscard]] static initial bias(std::size_t /*inputs*/) { return initial::constant(0); }
};

}  // namespace iqnrl::nn::start
