// CartPole's dynamics, and the exact return distributions of a chain by the target rule for a given policy.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <cartpole/cartpole.hpp>
#include <golden/registry.hpp>
#include <iqnrl/target/expected.hpp>

namespace golden {

namespace {

using iqnrl::row;

/// Every step from the stored state before it, and every trajectory from its start over 150 steps.
struct cartpole_case {
  static constexpr std::size_t open_loop_steps = 150;
  using world = example::cartpole;

  template <class Run>
  void operator()(Run& r) const {
    const auto e = r.template shape<2>("in.action");
    const auto path = r.template shape<3>("out.state");
    iqnrl::require<iqnrl::file_error>(path[0] == e[0] && path[1] == e[1] + 1 && path[2] == 4,
                                      "out.state is [{}, {}, {}] and does not fit {} trajectories of {} steps", path[0],
                                      path[1], path[2], e[0], e[1]);
    iqnrl::require<iqnrl::file_error>(r.count("max_steps") == world::max_steps,
                                      "episodes have {} steps; the world's have {}", r.count("max_steps"),
                                      world::max_steps);
    const auto action = r.integers("in.action");
    const auto length = r.integers("out.length");
    const auto state = r.numbers("out.state");
    const auto at = [&](std::size_t trajectory, std::size_t step) {
      const double* s = state.data() + (trajectory * path[1] + step) * 4;
      return world::numbers{s[0], s[1], s[2], s[3]};
    };
    const auto start = r.numbers("in.initial_state");

    recording stepped(e[0], e[1]);
    recording open = stepped;
    open.state = state;  // what follows the first steps of the open loop is not compared
    std::vector<std::int64_t> ends;
    for (std::size_t k = 0; k < e[0]; ++k) {
      world w;
      world free;
      free.set_state(numbers_at(start, k));
      stepped.put(k, 0, numbers_at(start, k));
      std::size_t t = 0;
      for (bool over = false; !over && t < e[1] && action[k * e[1] + t] >= 0; ++t) {
        w.set_state(at(k, t), static_cast<std::uint32_t>(t));
        const int push = static_cast<int>(action[k * e[1] + t]);
        const iqnrl::outcome seen = w.step(push);
        stepped.put(k, t + 1, w.current_state());
        const std::size_t i = k * e[1] + t;
        stepped.reward[i] = static_cast<double>(seen.reward);
        stepped.terminated[i] = seen.end == iqnrl::ending::terminal ? 1 : 0;
        stepped.truncated[i] = seen.end == iqnrl::ending::truncated ? 1 : 0;
        over = seen.end != iqnrl::ending::none;
        if (t < open_loop_steps && !free.over()) {
          free.step(push);
          open.put(k, t + 1, free.current_state());
        }
      }
      ends.push_back(static_cast<std::int64_t>(t));
    }
    r.check("out.state", stepped.state, {.in_double = 1e-12});
    r.check("out.state", open.state, {.in_double = 1e-8});
    r.check("out.reward", stepped.reward, exact);
    r.check_bytes("out.terminated", stepped.terminated);
    r.check_bytes("out.truncated", stepped.truncated);
    r.check_integers("out.length", ends);
  }

 private:
  static world::numbers numbers_at(const std::vector<double>& all, std::size_t k) {
    return {all.at(4 * k), all.at(4 * k + 1), all.at(4 * k + 2), all.at(4 * k + 3)};
  }

  struct recording {
    recording(std::size_t trajectories, std::size_t steps)
        : state(trajectories * (steps + 1) * 4),
          reward(trajectories * steps),
          terminated(reward.size()),
          truncated(reward.size()),
          steps_(steps) {}
    void put(std::size_t trajectory, std::size_t step, const world::numbers& s) {
      std::copy(s.begin(), s.end(),
                state.begin() + static_cast<std::ptrdiff_t>((trajectory * (steps_ + 1) + step) * 4));
    }
    std::vector<double> state;
    std::vector<double> reward;
    std::vector<std::uint8_t> terminated;
    std::vector<std::uint8_t> truncated;
    std::size_t steps_;
  };
};

/// The policy of the chain, read from the observation, which shows it.
struct shown_policy {
  template <class T, class Row>
  T operator()(const Row& next, std::size_t action) const {
    return static_cast<T>(std::get<0>(next)[action]);
  }
};

struct atom {
  double value;
  double probability;
};

/// Return distributions of a chain whose moves only go forward, from the last state to the first: the atoms of a state
/// and action are the targets that target::expected makes of those of the next states, weighed by the odds of the move
/// and of the reward.
struct chain_case {
  static constexpr std::size_t actions = 2;
  static constexpr std::size_t rewards = 3;
  static constexpr std::size_t quantiles = 200;
  using observation = iqnrl::observation<iqnrl::part<"policy", double, actions>>;

  template <class Run>
  void operator()(Run& r) const {
    const auto e = r.template shape<3>("in.transition");
    const std::size_t states = e[0];
    iqnrl::require<iqnrl::file_error>(e[1] == actions && e[2] == states + 1,
                                      "in.transition is [{}, {}, {}]; this case needs [S, {}, S + 1]", e[0], e[1], e[2],
                                      actions);
    const auto transition = r.numbers("in.transition");
    const auto value = r.numbers("in.reward_value");
    const auto odds = r.numbers("in.reward_prob");
    const auto policy = r.numbers("in.policy");
    const double gamma = r.number("gamma");

    std::vector<std::vector<atom>> returns(states * actions);
    for (std::size_t s = states; s-- > 0;) {
      for (std::size_t a = 0; a < actions; ++a) {
        std::vector<atom>& all = returns[s * actions + a];
        for (std::size_t next = 0; next <= states; ++next) {
          const double move = transition.at((s * actions + a) * (states + 1) + next);
          if (move == 0) continue;
          iqnrl::require<iqnrl::file_error>(next > s, "state {} leads to state {}; the moves of this case go forward",
                                            s, next);
          for (std::size_t k = 0; k < rewards; ++k) {
            const std::size_t at = (s * actions + a) * rewards + k;
            append(all, value.at(at), move * odds.at(at), next < states ? gamma : 0.0,
                   next < states ? &returns[next * actions] : nullptr,
                   next < states ? policy.data() + next * actions : nullptr);
          }
        }
        std::sort(all.begin(), all.end(), [](const atom& x, const atom& y) { return x.value < y.value; });
      }
    }
    compare(r, returns, policy);
  }

 private:
  /// Adds the targets of one move and reward. After the last state, one target at the reward itself.
  static void append(std::vector<atom>& all, double reward, double odds, double discount, const std::vector<atom>* next,
                     const double* policy) {
    const std::vector<atom> nothing{{0.0, 1.0}};
    const std::array<double, actions> sure{1.0, 0.0};
    std::size_t count = 1;
    for (std::size_t a = 0; next != nullptr && a < actions; ++a) count = std::max(count, next[a].size());
    std::vector<double> z(count * actions);
    std::vector<double> share(count * actions);
    for (std::size_t a = 0; a < actions; ++a) {
      const std::vector<atom>& from = next != nullptr ? next[a] : nothing;
      for (std::size_t j = 0; j < from.size(); ++j) {
        z[j * actions + a] = from[j].value;
        share[j * actions + a] = from[j].probability;
      }
    }
    const double* shown = policy != nullptr ? policy : sure.data();
    const std::array<double, actions> mean{};
    std::vector<double> y(z.size());
    std::vector<double> weight(z.size());
    const iqnrl::transition<double, observation> s{reward, discount, {}, {}, {row<const double, 1>(shown, {actions})}};
    const iqnrl::distribution<double> d{
        row<const double, 3>(z.data(), {count, 1, actions}), row<const double, 2>(mean.data(), {1, actions}), {}};
    iqnrl::target::expected<shown_policy>{}(s, d, row<double, 1>(y.data(), {y.size()}),
                                            row<double, 1>(weight.data(), {y.size()}));
    for (std::size_t i = 0; i < y.size(); ++i) {
      // The rule takes the quantiles of an action to weigh the same; atoms have odds of their own.
      const double p = odds * weight[i] * static_cast<double>(count) * share[i];
      if (p > 0) all.push_back({y[i], p});
    }
  }

  template <class Run>
  static void compare(Run& r, const std::vector<std::vector<atom>>& returns, const std::vector<double>& policy) {
    std::vector<double> mean;
    std::vector<double> deviation;
    std::vector<double> grid;
    for (const auto& all : returns) {
      double first = 0;
      for (const atom& x : all) first += x.probability * x.value;
      double second = 0;
      for (const atom& x : all) second += x.probability * (x.value - first) * (x.value - first);
      mean.push_back(first);
      deviation.push_back(std::sqrt(second));
      std::size_t i = 0;
      double below = all.front().probability;
      for (std::size_t k = 0; k < quantiles; ++k) {
        const double tau = (static_cast<double>(k) + 0.5) / static_cast<double>(quantiles);
        while (below < tau && i + 1 < all.size()) below += all[++i].probability;
        grid.push_back(all[i].value);
      }
    }
    std::vector<double> state;
    for (std::size_t s = 0; s < returns.size() / actions; ++s) {
      state.push_back(policy.at(s * actions) * mean[s * actions] + policy.at(s * actions + 1) * mean[s * actions + 1]);
    }
    r.check("out.mean", mean);
    r.check("out.std", deviation);
    r.check("out.quantiles", grid);
    r.check("out.state_value", state);
  }
};

}  // namespace

void add_worlds(registry& all) {
  all.add_in_double("env_cartpole", cartpole_case{});
  all.add_in_double("mdp_chain", chain_case{});
}

}  // namespace golden
