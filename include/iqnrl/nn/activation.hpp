// Activations: an element-wise function and its derivative.
#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <string_view>

namespace iqnrl::activation {

/// f(x) = x.
struct identity {
  static constexpr std::string_view name = "identity";
  static constexpr bool from_output = true;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x;
  }
  template <class T>
  [[nodiscard]] static T derivative(T /*y*/) {
    return T(1);
  }
};

/// f(x) = max(x, 0); f'(0) = 0.
struct relu {
  static constexpr std::string_view name = "relu";
  static constexpr bool from_output = true;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x > T(0) ? x : T(0);
  }
  template <class T>
  [[nodiscard]] static T derivative(T y) {
    return y > T(0) ? T(1) : T(0);
  }
};

/// f(x) = x above 0, 0.01 x elsewhere; f'(0) = 0.01.
struct leaky_relu {
  static constexpr std::string_view name = "leaky_relu";
  static constexpr bool from_output = true;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x > T(0) ? x : T(0.01) * x;
  }
  template <class T>
  [[nodiscard]] static T derivative(T y) {
    return y > T(0) ? T(1) : T(0.01);
  }
};

/// f(x) = x above 0, e^x - 1 elsewhere (Clevert et al. 2015).
struct elu {
  static constexpr std::string_view name = "elu";
  static constexpr bool from_output = true;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x > T(0) ? x : std::expm1(x);
  }
  template <class T>
  [[nodiscard]] static T derivative(T y) {
    return y > T(0) ? T(1) : y + T(1);
  }
};

/// f(x) = tanh x.
struct tanh {
  static constexpr std::string_view name = "tanh";
  static constexpr bool from_output = true;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return std::tanh(x);
  }
  template <class T>
  [[nodiscard]] static T derivative(T y) {
    return (T(1) - y) * (T(1) + y);
  }
};

/// f(x) = 1 / (1 + e^-x).
struct sigmoid {
  static constexpr std::string_view name = "sigmoid";
  static constexpr bool from_output = false;
  template <class T>
  [[nodiscard]] static T value(T x) {
    const T e = std::exp(-std::abs(x));
    return (x >= T(0) ? T(1) : e) / (T(1) + e);
  }
  template <class T>
  [[nodiscard]] static T derivative(T x) {
    const T e = std::exp(-std::abs(x));
    return e / ((T(1) + e) * (T(1) + e));
  }
};

/// f(x) = x sigmoid(x) (swish).
struct silu {
  static constexpr std::string_view name = "silu";
  static constexpr bool from_output = false;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x * sigmoid::value(x);
  }
  template <class T>
  [[nodiscard]] static T derivative(T x) {
    return sigmoid::value(x) + x * sigmoid::derivative(x);
  }
};

/// f(x) = log(1 + e^x), without overflow.
struct softplus {
  static constexpr std::string_view name = "softplus";
  static constexpr bool from_output = false;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return (x > T(0) ? x : T(0)) + std::log1p(std::exp(-std::abs(x)));
  }
  template <class T>
  [[nodiscard]] static T derivative(T x) {
    return sigmoid::value(x);
  }
};

/// f(x) = x Phi(x), Phi the standard normal distribution (Hendrycks and Gimpel 2016).
struct gelu {
  static constexpr std::string_view name = "gelu";
  static constexpr bool from_output = false;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return T(0.5) * x * std::erfc(-x / std::numbers::sqrt2_v<T>);
  }
  template <class T>
  [[nodiscard]] static T derivative(T x) {
    const T density = std::exp(T(-0.5) * x * x) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
    return T(0.5) * std::erfc(-x / std::numbers::sqrt2_v<T>) + x * density;
  }
};

/// f(x) = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), the approximation of gelu.
struct gelu_tanh {
  static constexpr std::string_view name = "gelu_tanh";
  static constexpr bool from_output = false;
  template <class T>
  [[nodiscard]] static T value(T x) {
    return x * gate(x);
  }
  template <class T>
  [[nodiscard]] static T derivative(T x) {
    const T g = gate(x);
    return g + x * T(2) * g * (T(1) - g) * T(slope) * (T(1) + T(3) * T(cubic) * x * x);
  }

 private:
  static constexpr double slope = 0.79788456080286535588;  // sqrt(2 / pi)
  static constexpr double cubic = 0.044715;
  // (1 + tanh u) / 2 = sigmoid(2 u), which keeps its digits where tanh u is close to -1
  template <class T>
  [[nodiscard]] static T gate(T x) {
    return sigmoid::value(T(2) * T(slope) * (x + T(cubic) * x * x * x));
  }
};

}  // namespace iqnrl::activation

namespace iqnrl {

/// An activation: `value(x)`, `derivative(s)` where s is the output if `from_output` and the input otherwise, and a
/// `name`.
template <class A>
concept activation_function = requires(A a, float x, double y) {
  { a.value(x) } -> std::same_as<float>;
  { a.derivative(x) } -> std::same_as<float>;
  { a.value(y) } -> std::same_as<double>;
  { a.derivative(y) } -> std::same_as<double>;
  { A::from_output } -> std::convertible_to<bool>;
};

}  // namespace iqnrl
