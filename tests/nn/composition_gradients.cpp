// Whole networks with their loss, through the learner, against central differences: fixed grids, target rules, losses.
#include <doctest/doctest.h>

#include <iqnrl/head/dueling.hpp>
#include <iqnrl/target/expected.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <nn/learner_gradients.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// Action a with probability (1 + a) / 6, whatever is seen.
struct fixed_policy {
  template <class T, class Observation>
  T operator()(const Observation&, std::size_t action) const {
    return static_cast<T>(1 + action) / T(6);
  }
};

using smooth = encoder::mlp_with<activation::tanh, 5>;
using cosines = conditioning::cosine<4, 0, activation::tanh>;

}  // namespace

TEST_CASE("QR-DQN: a fixed grid, plain and dueling") {
  CHECK(update_gradient_error<plain_world, smooth, fractions::midpoints<4>, head::plain<4>,
                              target::max<target::draws::shared>>(5, 1) <= gradient_tolerance);
  CHECK(update_gradient_error<odd_world, smooth, fractions::midpoints<3>, head::dueling<4>,
                              target::max<target::draws::shared>>(3, 2) <= gradient_tolerance);
}

TEST_CASE("Munchausen and double targets") {
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::plain<>, target::munchausen>(4, 3) <=
        gradient_tolerance);
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::plain<>, target::double_dqn>(4, 4) <=
        gradient_tolerance);
}

TEST_CASE("targets that do not all weigh the same") {
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::plain<>, target::expected<fixed_policy>>(4, 5) <=
        gradient_tolerance);
  CHECK(update_gradient_error<odd_world, smooth, cosines, head::plain<>, odd::two_branches>(3, 6) <=
        gradient_tolerance);
}

TEST_CASE("the self-normalised loss, in one shard and in two") {
  CHECK(update_gradient_error<plain_world, smooth, cosines, head::plain<>, loss::self_normalised>(4, 7) <=
        gradient_tolerance);
  CHECK(update_gradient_error<tiny_world, smooth, cosines, head::plain<>, loss::self_normalised>(7, 8, {40, 5, 2, 2}) <=
        gradient_tolerance);
}

TEST_CASE("odd policies") {
  CHECK(update_gradient_error<odd_world, odd::blind, odd::tilt, odd::unbiased, odd::expectile>(4, 9) <=
        gradient_tolerance);
}
