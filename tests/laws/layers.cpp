// The laws of encoders, conditionings and heads.
#include <array>

#include <doctest/doctest.h>

#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/mlp.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/head/plain.hpp>
#include <iqnrl/quantile/conditioning.hpp>
#include <iqnrl/testing/conditioning_laws.hpp>
#include <iqnrl/testing/encoder_laws.hpp>
#include <iqnrl/testing/head_laws.hpp>
#include <support/policies.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("encoders over bytes, floats, masks and fields") {
  encoder_laws<encoder::mlp<4>>();
  encoder_laws<encoder::mlp_with<activation::silu, 4, 5, 2>>();
  encoder_laws<encoder::mlp_with<nn::dense<activation::tanh, nn::weight::spectral, true>, 3>>();
  encoder_laws<encoder::archetype>();
}

namespace {

using small_image = observation<image<2, 9, 8>>;
using centred_image = observation<legal_actions<3>, image<1, 8, 9, pixels::centred>>;
/// Numbers that a network measures, under a name of their own.
struct running_speed : part<"turn", float, 2> {
  static constexpr scaling scale_by = scaling::running;
};
struct scaled : floats<3> {
  static constexpr std::array<float, 3> mean{0.5F, -1, 0};
  static constexpr std::array<float, 3> deviation{2, 0.5F, 1};
};
using scaled_and_measured = observation<scaled, part<"speed", float, 2>, running_speed>;
using image_and_floats = observation<floats<3>, image<1, 5, 6>, part<"speed", float, 2>, field<"clock", double, 1>>;

/// Two small convolutions.
using small = encoder::convolutions<activation::leaky_relu, 5, encoder::layer{2, window::square(3, 2)},
                                    encoder::layer{3, window::square(2, 1, 1)}>;

}  // namespace

TEST_CASE("encoders of images") {
  encoder_laws<small, small_image>();
  encoder_laws<encoder::minatar, centred_image>();
  encoder_laws<encoder::fuse<encoder::minatar, encoder::mlp<4>>, image_and_floats>();
  encoder_laws<encoder::fuse<small, encoder::mlp_with<activation::tanh, 3>, 4>, image_and_floats>();
}

TEST_CASE("encoders of numbers with a scale, given or measured") {
  encoder_laws<encoder::mlp<4>, scaled_and_measured>();
  encoder_laws<encoder::fuse<small, encoder::mlp<3>>, observation<image<1, 5, 6>, floats<2, scaling::running>>>();
}

TEST_CASE("encoders of a user's own: one that ignores what it sees, and ones whose state advances") {
  encoder_laws<odd::blind>();
  encoder_laws<odd::stateful<0>>();
  encoder_laws<odd::stateful<1>>();
}

TEST_CASE("conditionings") {
  conditioning_laws<conditioning::cosine<6>>();
  conditioning_laws<conditioning::cosine<1, 3, activation::tanh>>();
  conditioning_laws<conditioning::cosine<4, 0, activation::gelu>>();
  conditioning_laws<
      conditioning::cosine<3, 1, nn::dense<activation::tanh, nn::weight::plain_from<nn::start::orthogonal<>>, true>>>();
  conditioning_laws<conditioning::none>();
}

TEST_CASE("a conditioning of a user's own, without parameters") { conditioning_laws<odd::tilt>(); }

TEST_CASE("heads") {
  head_laws<head::plain<>>();
  head_laws<head::plain_with<activation::gelu, 4, 3>>();
  head_laws<head::dueling<>>();
  head_laws<head::dueling_with<activation::tanh, 4, 3>>();
  head_laws<head::plain_with<nn::noisy_dense, 3>>({.scale = 0.3});
  head_laws<head::dueling_with<nn::dense<activation::silu, nn::weight::noisy, true>, 3>>();
  head_laws<head::dueling_with<nn::dense<activation::relu, nn::weight::spectral, true>, 4, 3>>();
  head_laws<head::dueling_of<nn::dense<activation::relu, nn::weight::noisy, true, nn::weight::plain>,
                             nn::dense<activation::relu, nn::weight::noisy>, 4>>();
  head_laws<head::archetype>();
}

TEST_CASE("a head of a user's own, without biases") { head_laws<odd::unbiased>(); }
