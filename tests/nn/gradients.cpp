// Affine layers and stacks of them, with every activation, against central differences.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include <doctest/doctest.h>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/nn/stack.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <nn/layer_gradients.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TYPE_TO_STRING(activation::identity);
TYPE_TO_STRING(activation::relu);
TYPE_TO_STRING(activation::leaky_relu);
TYPE_TO_STRING(activation::elu);
TYPE_TO_STRING(activation::tanh);
TYPE_TO_STRING(activation::sigmoid);
TYPE_TO_STRING(activation::silu);
TYPE_TO_STRING(activation::softplus);
TYPE_TO_STRING(activation::gelu);
TYPE_TO_STRING(activation::gelu_tanh);

TEST_CASE_TEMPLATE("an affine layer with each activation", A, activation::identity, activation::relu,
                   activation::leaky_relu, activation::elu, activation::tanh, activation::sigmoid, activation::silu,
                   activation::softplus, activation::gelu, activation::gelu_tanh) {
  check_layer_gradients<backend::eigen, nn::linear<5, 3, A>>(7, 5);
  check_layer_gradients<sealed<backend::eigen>, nn::linear<1, 1, A>>(1, 1);
  check_layer_gradients<packing<backend::eigen>, nn::linear<4, 6, A, nn::weight::unbiased>>(3, 4);
}

TEST_CASE_TEMPLATE("stacks", A, activation::relu, activation::tanh, activation::gelu) {
  check_layer_gradients<backend::eigen, nn::stack<A, 4>>(3, 4);
  check_layer_gradients<backend::eigen, nn::stack<A, 4, 5>>(3, 4);
  check_layer_gradients<backend::reference, nn::stack<A, 4, 5, 1, 3>>(6, 4);
  check_layer_gradients<packing<backend::eigen>, nn::stack<A, 3, 5, 4>>(2, 3);
}

TEST_CASE_TEMPLATE("derivatives far from zero and at zero", A, activation::identity, activation::relu,
                   activation::leaky_relu, activation::elu, activation::tanh, activation::sigmoid, activation::silu,
                   activation::softplus, activation::gelu, activation::gelu_tanh) {
  for (const double x : {-30.0, -8.0, -2.5, -0.3, 0.2, 1.0, 4.0, 25.0, 700.0}) {
    CAPTURE(x);
    const double h = 1e-6 * std::max(1.0, std::abs(x));
    const double numeric = (A::value(x + h) - A::value(x - h)) / (2 * h);
    const double analytic = A::derivative(A::from_output ? A::value(x) : x);
    CHECK(analytic == doctest::Approx(numeric).epsilon(1e-6));
  }
  for (const double x : {-1e4, -800.0, 0.0, 800.0, 1e4}) {
    CHECK(is_finite(A::value(x)));
    CHECK(is_finite(A::derivative(A::from_output ? A::value(x) : x)));
    const auto f = static_cast<float>(x);
    CHECK(is_finite(A::value(f)));
    CHECK(is_finite(A::derivative(A::from_output ? A::value(f) : f)));
  }
}
