// IQN and QR learn the return distributions of the golden decision processes, and wrong targets do not.
#include <cstddef>
#include <filesystem>

#include <doctest/doctest.h>

#include <learning/distribution.hpp>

namespace {

using namespace known;
using namespace iqnrl;

const std::filesystem::path golden = IQNRL_GOLDEN_DIR;

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
