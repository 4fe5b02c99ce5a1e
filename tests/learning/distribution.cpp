// IQN and QR learn the return distributions of known decision processes, and wrong targets do not.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <support/learned_distribution.hpp>

namespace {

using namespace known;
using namespace iqnrl;

const std::filesystem::path golden = IQNRL_GOLDEN_DIR;

constexpr double allowed = 0.05;

template <class Learner, class World>
double worst_error(const World& world, double gamma, std::uint64_t seed) {
  const auto errors = relative_errors<World>(world.returns(), learn_quantiles<Learner>(world, gamma, seed));
  return *std::max_element(errors.begin(), errors.end());
}

/// Both heads, on every (s, a).
template <class World>
void check_heads(const World& world) {
  for (const std::uint64_t seed : {1U, 2U}) {
    CAPTURE(world.facts().name);
    CAPTURE(seed);
    CHECK(worst_error<iqn_learner<World>>(world, world.facts().gamma, seed) <= allowed);
    CHECK(worst_error<qr_learner<World>>(world, world.facts().gamma, seed) <= allowed);
  }
}

/// A wrong way to follow a policy: averages the quantiles of the actions instead of mixing them.
struct mean_of_actions {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<forward<net::target, at::next, fraction_use::target>>;
  config cfg;
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const iqnrl::distribution<T>& next, const row<T, 1>& y) const {
    for (std::size_t j = 0; j < y.size(); ++j) {
      T mean = 0;
      for (std::size_t a = 0; a < next.actions(); ++a)
        mean += shown_policy{}.template operator()<T>(s.next, a) * next.z(j, 0, a);
      y[j] = s.reward + s.discount * mean;
    }
  }
};

}  // namespace

TEST_CASE("the chain of the golden set") { check_heads(golden_chain(golden)); }
TEST_CASE("the fixed risk of the golden set") { check_heads(golden_risk(golden, "mdp_risk_fixed")); }
TEST_CASE("the risk of the golden set") { check_heads(golden_risk(golden, "mdp_risk")); }
TEST_CASE("a graph with a long right tail") { check_heads(skewed_graph()); }
TEST_CASE("a slippery ladder") { check_heads(slippery_ladder()); }
TEST_CASE("a rare large loss") { check_heads(rare_loss()); }

TEST_CASE("a wrong discount is noticed") {
  const auto world = slippery_ladder();
  CHECK(worst_error<qr_learner<ladder_mdp>>(world, world.facts().gamma - 0.05, 1) > allowed);
}

TEST_CASE("a maximum in place of the policy is noticed") {
  const auto world = golden_chain(golden);
  using learner = qr_learner<chain_mdp, target::max<target::draws::shared>>;
  CHECK(worst_error<learner>(world, world.facts().gamma, 1) > allowed);
}

TEST_CASE("quantiles averaged over actions are noticed") {
  const auto world = golden_chain(golden);
  using learner = qr_learner<chain_mdp, mean_of_actions>;
  CHECK(worst_error<learner>(world, world.facts().gamma, 1) > allowed);
}
