// The known decision processes against the golden set, against play, and the distance against brute force.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/io/safetensors.hpp>

#include <support/known_mdps.hpp>

namespace {

using namespace known;

const std::filesystem::path golden = IQNRL_GOLDEN_DIR;

static_assert(iqnrl::world<chain_mdp> && iqnrl::world<risk_mdp> && iqnrl::world<graph_mdp> && iqnrl::world<ladder_mdp>);

double deviation(const return_distribution& z) {
  double sum = 0;
  for (const atom& a : z.atoms()) sum += a.probability * (a.value - z.mean()) * (a.value - z.mean());
  return std::sqrt(sum);
}

/// Plays every (s, a) first and then the policy, and compares mean and median mass with what is enumerated.
template <class World>
void check_play(const World& world) {
  constexpr int episodes = 4000;
  const auto& facts = world.facts();
  const auto exact = world.returns();
  iqnrl::generator choice(iqnrl::sequence{.seed = 7, .purpose = iqnrl::stream::explore, .step = 0});
  std::array<std::array<std::vector<double>, World::actions>, World::states> played;
  typename World::observation::value seen;
  for (std::uint64_t episode = 0; episode < episodes * World::states * World::actions; ++episode) {
    World w = world;
    w.reset(iqnrl::generator(iqnrl::sequence{.seed = 7, .purpose = iqnrl::stream::world, .step = episode}));
    w.observe(seen);
    const auto shown = seen.template get<"state">();
    const auto start = static_cast<std::size_t>(std::find(shown.begin(), shown.end(), 1.0F) - shown.begin());
    const std::size_t first = choice.below(World::actions);
    std::size_t action = first;
    double sum = 0;
    double factor = 1;
    for (;;) {
      const iqnrl::outcome result = w.step(static_cast<int>(action));
      sum += factor * static_cast<double>(result.reward);
      factor *= facts.gamma;
      if (result.end != iqnrl::ending::none) break;
      w.observe(seen);
      const auto policy = seen.template get<"policy">();
      double u = choice.uniform();
      for (action = 0; action + 1 < World::actions && u >= static_cast<double>(policy[action]); ++action)
        u -= static_cast<double>(policy[action]);
    }
    played[start][first].push_back(sum);
  }
  for (std::size_t s = 0; s < World::states; ++s) {
    for (std::size_t a = 0; a < World::actions; ++a) {
      const std::vector<double>& returns = played[s][a];
      const return_distribution& z = exact[s][a];
      const auto n = static_cast<double>(returns.size());
      REQUIRE(n > episodes / 2);
      const double mean = std::accumulate(returns.begin(), returns.end(), 0.0) / n;
      CHECK(std::abs(mean - z.mean()) < 5 * deviation(z) / std::sqrt(n) + 1e-5);
      const double middle = z.quantile(0.5) + 1e-5;
      double below = 0;
      for (const atom& x : z.atoms()) below += x.value < middle ? x.probability : 0;
      const auto counted =
          static_cast<double>(std::count_if(returns.begin(), returns.end(), [&](double r) { return r < middle; }));
      CHECK(std::abs(counted / n - below) < 2.5 / std::sqrt(n));
    }
  }
}

}  // namespace

TEST_CASE("mdp_chain: quantiles, means and deviations are those of the golden set") {
  const auto file = iqnrl::io::safetensors::read(golden / "mdp_chain.safetensors");
  const auto quantiles = file.get<double>("out.quantiles");
  const auto means = file.get<double>("out.mean");
  const auto deviations = file.get<double>("out.std");
  const auto exact = golden_chain(golden).returns();
  for (std::size_t s = 0; s < 5; ++s) {
    for (std::size_t a = 0; a < 2; ++a) {
      const return_distribution& z = exact[s][a];
      CHECK(z.mean() == doctest::Approx(means[s * 2 + a]).epsilon(1e-11));
      CHECK(deviation(z) == doctest::Approx(deviations[s * 2 + a]).epsilon(1e-9));
      for (std::size_t i = 0; i < 200; ++i) {
        const double tau = (static_cast<double>(i) + 0.5) / 200;
        CHECK(z.quantile(tau) == doctest::Approx(quantiles[(s * 2 + a) * 200 + i]).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("mdp_risk: atoms and quantiles are those of the golden set") {
  for (const std::string name : {"mdp_risk", "mdp_risk_fixed"}) {
    const auto file = iqnrl::io::safetensors::read(golden / (name + ".safetensors"));
    const auto values = file.get<double>("out.atoms");
    const auto probabilities = file.get<double>("out.probability");
    const auto quantiles = file.get<double>("out.quantiles");
    const auto exact = golden_risk(golden, name).returns();
    for (std::size_t a = 0; a < 2; ++a) {
      const auto atoms = exact[0][a].atoms();
      REQUIRE(atoms.size() == (a == 0 ? 2 : 4));
      for (std::size_t k = 0; k < atoms.size(); ++k) {
        CHECK(atoms[k].value == doctest::Approx(values[a * 4 + k]).epsilon(1e-11));
        CHECK(atoms[k].probability == doctest::Approx(probabilities[a * 4 + k]).epsilon(1e-11));
      }
      for (std::size_t i = 0; i < 200; ++i) {
        const double tau = (static_cast<double>(i) + 0.5) / 200;
        CHECK(exact[0][a].quantile(tau) == doctest::Approx(quantiles[a * 200 + i]).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("played returns are distributed as enumerated") {
  check_play(golden_chain(golden));
  check_play(golden_risk(golden, "mdp_risk"));
  check_play(skewed_graph());
  check_play(slippery_ladder());
  check_play(rare_loss());
}

TEST_CASE("wasserstein_1 by hand") {
  const return_distribution coin({{1, 0.5}, {0, 0.5}});
  CHECK(coin.wasserstein_1(std::array{0.0, 1.0}) == 0.0);
  CHECK(coin.wasserstein_1(std::array{0.5, 0.5}) == doctest::Approx(0.5));
  CHECK(coin.wasserstein_1(std::array{0.0, 0.0, 1.0}) == doctest::Approx(1.0 / 6));
  CHECK(coin.wasserstein_1(std::array{0.25, 1.5}) == doctest::Approx(0.375));
  CHECK(coin.wasserstein_1(std::array{1.0, 0.0}) == doctest::Approx(1.0));
  const return_distribution sure({{3, 1}});
  CHECK(sure.range() == 0.0);
  CHECK(sure.wasserstein_1(std::array{3.0, 2.0, 4.0}) == doctest::Approx(2.0 / 3));
}

TEST_CASE("wasserstein_1 is the integral over the fractions") {
  const auto exact = slippery_ladder().returns();
  const return_distribution& z = exact[3][1];
  std::vector<double> quantiles(17);
  for (std::size_t i = 0; i < 17; ++i)
    quantiles[i] = std::sin(static_cast<double>(3 * i)) + 0.1 * static_cast<double>(i);
  constexpr int cells = 200'000;
  double integral = 0;
  for (int k = 0; k < cells; k += 10) {
    const double tau = (k + 5.0) / cells;
    integral += std::abs(z.quantile(tau) - quantiles[static_cast<std::size_t>(tau * 17)]) * 10 / cells;
  }
  CHECK(z.wasserstein_1(quantiles) == doctest::Approx(integral).epsilon(1e-3));
}

TEST_CASE("what is no distribution and what loops is refused") {
  CHECK_THROWS_AS(return_distribution({{0, 0.5}, {1, 0.4}}), iqnrl::config_error);
  CHECK_THROWS_AS(return_distribution({{0, 1.5}, {1, -0.5}}), iqnrl::config_error);
  mdp_table<2, 1> t;
  t.policy[0][0] = t.policy[1][0] = 1;
  t.branches[0][0] = {{1, 0, 1}};
  t.branches[1][0] = {{1, 0, 0}};
  CHECK_THROWS_AS((tabular_mdp<2, 1>(t)), iqnrl::config_error);
  t.branches[1][0] = {{1, 0, 2}};
  CHECK_NOTHROW((tabular_mdp<2, 1>(t)));
  t.policy[0][0] = 0.9;
  CHECK_THROWS_AS((tabular_mdp<2, 1>(t)), iqnrl::config_error);
}
