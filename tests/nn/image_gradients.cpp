// Convolutions, pools, normalised and noisy layers at odd sizes, against central differences.
#include <cstddef>
#include <cstdint>

#include <doctest/doctest.h>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/nn/convolution.hpp>
#include <iqnrl/nn/crelu.hpp>
#include <iqnrl/nn/layer_norm.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/nn/pool.hpp>
#include <iqnrl/nn/residual.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <nn/layer_gradients.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

namespace {

using strict = sealed<backend::reference>;

/// Both backends that have products of their own, on images of the layer's size.
template <class Layer>
void check_images(std::size_t samples) {
  check_layer_gradients<strict, Layer>(samples, Layer::input.size());
  check_layer_gradients<backend::eigen, Layer>(samples, Layer::input.size());
}

}  // namespace

TEST_CASE("convolutions: kernels, strides, paddings, and what they leave over") {
  check_images<nn::conv2d<image_shape{1, 1, 1}, 1, window{}>>(1);
  check_images<nn::conv2d<image_shape{2, 5, 4}, 3, window::square(3, 1, 1), activation::relu>>(3);
  check_images<nn::conv2d<image_shape{3, 7, 6}, 2, window::square(4, 2), activation::leaky_relu>>(2);
  check_images<nn::conv2d<image_shape{1, 6, 9}, 5, window{2, 3, 3, 2, 1, 0}, activation::gelu>>(2);
  check_images<nn::conv2d<image_shape{2, 3, 3}, 2, window{5, 4, 1, 2, 2, 3}, activation::tanh, nn::weight::unbiased>>(
      2);
  check_images<nn::conv2d<image_shape{2, 4, 5}, 3, window::square(3, 1, 1), activation::relu, nn::weight::spectral>>(2);
  check_images<nn::conv2d<image_shape{3, 4, 3}, 2, window::square(2), activation::identity, nn::weight::noisy>>(2);
}

TEST_CASE("pools: windows that stand out, bins that overlap, and pools that enlarge") {
  check_images<nn::max_pool<image_shape{2, 5, 7}, window::square(3, 2, 1)>>(2);
  check_images<nn::max_pool<image_shape{1, 4, 6}, window{2, 3, 2, 1, 0, 2}>>(3);
  check_images<nn::adaptive_max_pool<image_shape{2, 5, 7}, 3, 4>>(2);
  check_images<nn::adaptive_max_pool<image_shape{3, 2, 3}, 5, 4>>(1);
  check_images<nn::adaptive_average_pool<image_shape{2, 11, 3}, 6, 2>>(2);
  check_images<nn::global_average_pool<image_shape{3, 5, 2}>>(2);
}

TEST_CASE("blocks and normalisation") {
  check_layer_gradients<strict, nn::residual_block<image_shape{2, 4, 3}>>(2, 24);
  check_layer_gradients<strict, nn::residual_block<image_shape{3, 3, 5}, nn::weight::spectral>>(2, 45);
  check_layer_gradients<backend::eigen, nn::residual_mlp<5>>(3, 5);
  check_layer_gradients<strict, nn::residual_mlp<4, 7, activation::elu>>(2, 4);
  check_layer_gradients<strict, nn::layer_norm<7>>(3, 7);
  check_layer_gradients<backend::eigen, nn::layer_norm<2, 3, 5>>(2, 30);
  check_layer_gradients<strict, nn::crelu<5>>(3, 5);
}

TEST_CASE("noisy and normalised affine layers") {
  check_layer_gradients<strict, nn::linear<5, 3, activation::relu, nn::weight::noisy>>(4, 5);
  check_layer_gradients<backend::eigen, nn::linear<1, 2, activation::silu, nn::weight::noisy>>(1, 1);
  check_layer_gradients<strict, nn::linear<6, 4, activation::tanh, nn::weight::spectral>>(3, 6);
  check_layer_gradients<backend::eigen, nn::linear<3, 5, activation::relu,
                                                   nn::weight::spectral_by<nn::weight::power_iteration::u_first>>>(2,
                                                                                                                   3);
}
