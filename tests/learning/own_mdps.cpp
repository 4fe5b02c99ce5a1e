// IQN and QR learn the return distributions of our own decision processes, and not with a wrong discount.
#include <doctest/doctest.h>

#include <learning/distribution.hpp>

using namespace known;

TEST_CASE("a graph with a long right tail") { check_heads(skewed_graph()); }
TEST_CASE("a slippery ladder") { check_heads(slippery_ladder()); }
TEST_CASE("a rare large loss") { check_heads(rare_loss()); }

TEST_CASE("a wrong discount is noticed") {
  const auto world = slippery_ladder();
  CHECK(worst_error<qr_learner<ladder_mdp>>(world, world.facts().gamma - 0.05, 1) > allowed);
}
