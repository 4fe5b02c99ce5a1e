// Whole networks with their loss, through the learner, against central differences: conditioned networks.
#include <doctest/doctest.h>

#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <nn/learner_gradients.hpp>
#include <support/policies.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

using smooth = encoder::mlp_with<activation::tanh, 5>;
using cosines = conditioning::cosine<4>;

TEST_CASE("a plain head, drawn fractions") {
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::plain<4>>(5, 1) <= gradient_tolerance);
  CHECK(update_gradient_error<plain_world, encoder::mlp<6, 4>, cosines, head::plain<4>, sealed<backend::eigen>>(3, 2) <=
        gradient_tolerance);
}

TEST_CASE("a dueling head, every kind of fractions") {
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::dueling<4>>(4, 3) <= gradient_tolerance);
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::dueling<4>, fractions::stratified,
                              packing<backend::eigen>>(4, 4) <= gradient_tolerance);
}

TEST_CASE("blocks of actions, masks, bytes") {
  CHECK(update_gradient_error<odd_world, smooth, cosines, head::plain<4>>(4, 5) <= gradient_tolerance);
  CHECK(update_gradient_error<odd_world, smooth, cosines, head::dueling<4>, fractions::mirrored>(3, 6, {4, 6, 2, 2}) <=
        gradient_tolerance);
}

TEST_CASE("an update of several shards") {
  CHECK(shard_plan::of(7, 40).count == 2);
  CHECK(update_gradient_error<tiny_world, smooth, conditioning::cosine<2>, head::plain<>>(7, 7, {40, 5, 2, 2}) <=
        gradient_tolerance);
}
