// The laws of encoders, conditionings and heads.
#include <doctest/doctest.h>

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
  encoder_laws<encoder::archetype>();
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
  conditioning_laws<conditioning::none>();
}

TEST_CASE("a conditioning of a user's own, without parameters") { conditioning_laws<odd::tilt>(); }

TEST_CASE("heads") {
  head_laws<head::plain<>>();
  head_laws<head::plain_with<activation::gelu, 4, 3>>();
  head_laws<head::dueling<>>();
  head_laws<head::dueling_with<activation::tanh, 4, 3>>();
  head_laws<head::archetype>();
}

TEST_CASE("a head of a user's own, without biases") { head_laws<odd::unbiased>(); }
