// Small episodic decision processes whose return distributions are known exactly.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/error.hpp>
#include <iqnrl/io/safetensors.hpp>

#include <support/return_distribution.hpp>

namespace known {

/// One of the things that may follow an action.
struct branch {
  double probability = 0;
  double reward = 0;
  std::size_t next = 0;  ///< a state; any number from the count of states on is the end
};

/// Everything there is to know of a decision process of S states and A actions, and of a policy in it.
template <std::size_t S, std::size_t A>
struct mdp_table {
  template <class T>
  using of_pairs = std::array<std::array<T, A>, S>;

  std::string name;
  double gamma = 1;
  of_pairs<std::vector<branch>> branches{};
  of_pairs<double> policy{};  ///< pi(a|s), whose returns are sought
};

/// A decision process without loops as a world. An episode starts in any state with the same probability, so that all
/// of them are visited under every policy. Shown are the state, one-hot, and the policy pi(.|s) as a field, which no
/// encoder reads.
template <std::size_t S, std::size_t A>
class tabular_mdp {
 public:
  using observation = iqnrl::observation<iqnrl::part<"state", float, S>, iqnrl::field<"policy", float, A>>;
  using table = mdp_table<S, A>;
  using distributions = typename table::template of_pairs<return_distribution>;
  static constexpr std::size_t states = S;
  static constexpr std::size_t actions = A;

  /// Throws config_error where an action leads back or stays, and where probabilities do not sum to 1.
  explicit tabular_mdp(table t) : table_(std::make_shared<const table>(std::move(t))) {
    for (std::size_t s = 0; s < S; ++s) {
      double sum = 0;
      for (std::size_t a = 0; a < A; ++a) {
        sum += table_->policy[s][a];
        for (const branch& b : table_->branches[s][a]) {
          iqnrl::require<iqnrl::config_error>(
              b.next > s, "action {} leads from state {} to {}; lead to a later state or the end", a, s, b.next);
        }
      }
      iqnrl::require<iqnrl::config_error>(std::abs(sum - 1) < 1e-9, "the policy of state {} sums to {}; make it 1", s,
                                          sum);
    }
  }

  [[nodiscard]] const table& facts() const { return *table_; }

  /// The exact distribution of the discounted return Z(s, a) of taking a in s and following the policy from there on:
  /// from the last state to the first, a mixture over what may follow of r + gamma Z(s', A'), A' ~ pi.
  [[nodiscard]] distributions returns() const {
    distributions z;
    for (std::size_t s = S; s-- > 0;) {
      for (std::size_t a = 0; a < A; ++a) {
        std::vector<atom> mixture;
        for (const branch& b : table_->branches[s][a]) {
          if (b.next >= S) mixture.push_back({b.reward, b.probability});
          for (std::size_t then = 0; b.next < S && then < A; ++then) {
            const double share = b.probability * table_->policy[b.next][then];
            for (const atom& x : z[b.next][then].atoms())
              mixture.push_back({b.reward + table_->gamma * x.value, share * x.probability});
          }
        }
        z[s][a] = return_distribution(std::move(mixture));
      }
    }
    return z;
  }

  void reset(const iqnrl::generator& random) {
    random_ = random;
    state_ = random_.below(static_cast<std::uint32_t>(S));
  }

  void observe(typename observation::value& out) const {
    out = {};
    if (state_ >= S) return;
    out.template get<"state">()[state_] = 1;
    for (std::size_t a = 0; a < A; ++a) out.template get<"policy">()[a] = static_cast<float>(table_->policy[state_][a]);
  }

  [[nodiscard]] iqnrl::outcome step(int action) {
    const std::vector<branch>& all = table_->branches[state_][static_cast<std::size_t>(action)];
    double u = random_.uniform();
    std::size_t taken = 0;
    while (taken + 1 < all.size() && u >= all[taken].probability) u -= all[taken++].probability;
    state_ = all[taken].next;
    return {static_cast<float>(all[taken].reward), state_ < S ? iqnrl::ending::none : iqnrl::ending::terminal};
  }

 private:
  std::shared_ptr<const table> table_;
  std::size_t state_ = 0;
  iqnrl::generator random_{};
};

using chain_mdp = tabular_mdp<5, 2>;
using risk_mdp = tabular_mdp<2, 2>;
using graph_mdp = tabular_mdp<7, 3>;
using ladder_mdp = tabular_mdp<11, 2>;

/// The chain of the golden set: five states; one or two steps ahead; three rewards an action, whatever the step.
[[nodiscard]] inline chain_mdp golden_chain(const std::filesystem::path& folder) {
  const auto file = iqnrl::io::safetensors::read(folder / "mdp_chain.safetensors");
  const auto transition = file.get<double>("in.transition");
  const auto value = file.get<double>("in.reward_value");
  const auto probability = file.get<double>("in.reward_prob");
  const auto policy = file.get<double>("in.policy");
  mdp_table<5, 2> t{.name = "mdp_chain", .gamma = std::stod(file.metadata().at("gamma"))};
  for (std::size_t s = 0; s < 5; ++s) {
    for (std::size_t a = 0; a < 2; ++a) {
      const std::size_t pair = s * 2 + a;
      t.policy[s][a] = policy.at(pair);
      for (std::size_t next = 0; next < 6; ++next) {
        for (std::size_t r = 0; r < 3; ++r) {
          const double p = transition.at(pair * 6 + next) * probability.at(pair * 3 + r);
          if (p > 0) t.branches[s][a].push_back({p, value.at(pair * 3 + r), next});
        }
      }
    }
  }
  return chain_mdp(t);
}

/// The choice between safe and risky of the golden set, `name` being mdp_risk or mdp_risk_fixed.
[[nodiscard]] inline risk_mdp golden_risk(const std::filesystem::path& folder, const std::string& name) {
  const auto file = iqnrl::io::safetensors::read(folder / (name + ".safetensors"));
  const auto number = [&](const char* key) { return std::stod(file.metadata().at(key)); };
  const double win = number("win_prob");
  mdp_table<2, 2> t{.name = name, .gamma = number("gamma")};
  t.branches[0][0] = {{1, number("safe"), 1}};
  t.branches[0][1] = {{win, number("win"), 1}, {1 - win, number("loss"), 1}};
  t.branches[1][0] = t.branches[1][1] = {{0.5, number("bonus"), 2}, {0.5, 0, 2}};
  t.policy = {{{0.5, 0.5}, {0.5, 0.5}}};
  return risk_mdp(t);
}

/// Seven states with three actions: a step with a small sure gain; a spread of steps at a cost; a lottery that mostly
/// pays nothing and rarely pays much and ends. The returns have a long right tail.
[[nodiscard]] inline graph_mdp skewed_graph() {
  mdp_table<7, 3> t{.name = "skewed_graph", .gamma = 0.93};
  const std::array<double, 3> mixed{0.47, 0.31, 0.22};
  for (std::size_t s = 0; s < 7; ++s) {
    const auto depth = static_cast<double>(s);
    t.branches[s][0] = {{0.81, 0.2 + 0.05 * depth, s + 1}, {0.19, 1.3, s + 1}};
    t.branches[s][1] = {{0.53, -0.25, s + 1}, {0.29, 0.4, s + 2}, {0.18, 1.6 - 0.1 * depth, s + 3}};
    t.branches[s][2] = {{0.67, 0, s + 2}, {0.24, -0.35, s + 3}, {0.09, 4 + 0.25 * depth, 7}};
    for (std::size_t a = 0; a < 3; ++a) t.policy[s][a] = mixed[(a + s) % 3];
  }
  return graph_mdp(t);
}

/// A ladder of eleven rungs: climb one carefully or leap two; either may slip, and the fall ends the episode and costs
/// more from higher up. Whoever gets over the top is paid.
[[nodiscard]] inline ladder_mdp slippery_ladder() {
  mdp_table<11, 2> t{.name = "slippery_ladder", .gamma = 0.97};
  for (std::size_t s = 0; s < 11; ++s) {
    const double fall = -0.3 - 0.15 * static_cast<double>(s);
    const auto arrival = [](std::size_t rung) { return rung >= 11 ? 3.0 : 0.0; };
    t.branches[s][0] = {{0.91, arrival(s + 1) - 0.1, s + 1}, {0.09, fall, 11}};
    t.branches[s][1] = {{0.61, arrival(s + 2) - 0.05, s + 2}, {0.2, arrival(s + 1) - 0.2, s + 1}, {0.19, fall, 11}};
    t.policy[s] = s % 2 == 0 ? std::array{0.71, 0.29} : std::array{0.37, 0.63};
  }
  return ladder_mdp(t);
}

/// Five states with two actions: a good wage with a rare large loss that ends everything, or a poor one without.
[[nodiscard]] inline chain_mdp rare_loss() {
  mdp_table<5, 2> t{.name = "rare_loss", .gamma = 0.87};
  for (std::size_t s = 0; s < 5; ++s) {
    const auto depth = static_cast<double>(s);
    t.branches[s][0] = {{0.63, 0.9, s + 1}, {0.31, 0.4 + 0.1 * depth, s + 2}, {0.06, -5, 5}};
    t.branches[s][1] = {{0.77, 0.25, s + 1}, {0.23, -0.55, s + 1}};
    t.policy[s] = {0.59, 0.41};
  }
  return chain_mdp(t);
}

}  // namespace known
