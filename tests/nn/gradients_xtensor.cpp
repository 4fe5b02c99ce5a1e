// Layers and whole networks on the xtensor backend against central differences.
#include <doctest/doctest.h>

#include <iqnrl/backend/xtensor.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/nn/stack.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <nn/layer_gradients.hpp>
#include <nn/learner_gradients.hpp>

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
  check_layer_gradients<backend::xtensor, nn::linear<5, 3, A>>(7, 5);
  check_layer_gradients<sealed<backend::xtensor>, nn::linear<9, 17, A, nn::weight::unbiased>>(11, 9);
}

TEST_CASE("a stack") { check_layer_gradients<backend::xtensor, nn::stack<activation::tanh, 4, 5, 1, 3>>(6, 4); }

TEST_CASE("whole networks with their loss") {
  using smooth = encoder::mlp_with<activation::tanh, 5>;
  using cosines = conditioning::cosine<4>;
  CHECK(update_gradient_error<plain_world, backend::xtensor, smooth, cosines, head::plain<4>>(5, 1) <=
        gradient_tolerance);
  CHECK(update_gradient_error<odd_world, sealed<backend::xtensor>, smooth, cosines, head::dueling<4>>(4, 5) <=
        gradient_tolerance);
  CHECK(shard_plan::of(7, 40).count == 2);
  CHECK(update_gradient_error<tiny_world, backend::xtensor, smooth, conditioning::cosine<2>, head::plain<>>(
            7, 7, {40, 5, 2, 2}) <= gradient_tolerance);
}
