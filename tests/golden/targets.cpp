// Target rules, for single actions and for blocks.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <golden/registry.hpp>
#include <golden/rules.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/target/soft_policy.hpp>

namespace golden {

namespace {

using iqnrl::extents;
using iqnrl::row;
using iqnrl::view;
namespace target = iqnrl::target;

/// A maximising rule. `choice` is the tensor that the action is chosen from where it is not that of the values.
template <class Rule, std::size_t Rank = 3>
struct maximum_case {
  std::string_view name;
  std::string_view choice = {};
  template <class Run>
  void operator()(Run& r) const {
    r.require_text("rule", name);
    const auto next = distribution_of<Rank>(r, "in.z_target_next");
    const auto action = actions_of(r, next.z.rows(), next.z.extent(2));
    const auto discount = discounts_of(r);
    if constexpr (Rule::forwards::count == 2) {
      const auto choosing = distribution_of<Rank>(r, choice);
      r.check("out.y", targets_of(r, Rule{}, discount, action, next, choosing));
      check_best_action(r, choosing);
    } else {
      r.check("out.y", targets_of(r, Rule{}, discount, action, next));
      if constexpr (!std::is_same_v<Rule, target::per_quantile_max>) check_best_action(r, next);
    }
  }
};

/// The bonus of a taken block.
template <class Rule>
struct bonus_kernel {
  Rule rule;
  template <class T>
  void operator()(std::size_t, const row<const T, 3>& z, const row<const T, 2>& value, const row<const T, 1>& tau,
                  const row<const std::int32_t, 1>& action, T& bonus) const {
    bonus = rule.bonus(iqnrl::transition<T, unseen>{T(0), T(0), action, {}, {}}, iqnrl::distribution<T>{z, value, tau});
  }
};

/// The soft policies inside a Munchausen target: of the taken action, and of every action that may follow.
struct policies_kernel {
  double temperature;
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& current, const row<const T, 2>& next,
                  const row<const std::int32_t, 1>& action, T& taken, const row<T, 1>& probability,
                  const row<T, 1>& scaled_log) const {
    taken = iqnrl::soft_policy<T>(current, 0, static_cast<T>(temperature)).log(static_cast<std::size_t>(action[0]));
    const iqnrl::soft_policy<T> pi(next, 0, static_cast<T>(temperature));
    for (std::size_t a = 0; a < probability.size(); ++a) {
      probability[a] = pi.probability(a);
      scaled_log[a] = pi.scaled_log(a);
    }
  }
};

template <class Run>
target::munchausen_config config_of(const Run& r) {
  return {.temperature = r.number("temperature"), .alpha = r.number("alpha"), .low = r.number("low")};
}

constexpr std::string_view name_of(target::clip c) {
  return c == target::clip::tau_log_pi ? "tau_logpi" : c == target::clip::log_pi ? "logpi" : "alpha_tau_logpi";
}

template <class Rule, class Run, class T>
void check_bonus(Run& r, const Rule& rule, const distribution_views<T>& current,
                 const view<const std::int32_t, 2>& action) {
  const view<T, 1> bonus = r.take(extents<1>{current.z.rows()});
  r.dev().for_rows(bonus.size(), bonus_kernel<Rule>{rule}, current.z, current.value, current.tau, action, bonus);
  r.check("out.bonus", bonus);
}

template <target::clip Clip, iqnrl::net LogPi, target::draws Draws>
struct munchausen_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    constexpr bool separate = Draws == target::draws::separate;
    r.require_text("clip", name_of(Clip));
    r.require_text("logpi_net", LogPi == iqnrl::net::online ? "online" : "target");
    r.require_text("policy_draws", separate ? "separate" : "shared");
    const target::munchausen_with<Clip, LogPi, Draws> rule(config_of(r));
    const auto next = distribution_of<3>(r, "in.z_target_next");
    const auto current = distribution_of<3>(r, LogPi == iqnrl::net::online ? "in.z_online_s" : "in.z_target_s");
    const auto policy = separate ? distribution_of<3>(r, "in.z_target_policy") : next;
    const auto action = actions_of(r, next.z.rows(), 1);
    const auto discount = discounts_of(r);
    if constexpr (separate) {
      r.check("out.y", targets_of(r, rule, discount, action, next, policy, current));
    } else {
      r.check("out.y", targets_of(r, rule, discount, action, next, current));
    }
    check_bonus(r, rule, current, action);

    const std::size_t batch = next.z.rows();
    const view<T, 1> taken = r.take(extents<1>{batch});
    const view<T, 2> probability = r.take(extents<2>{batch, next.z.extent(3)});
    const view<T, 2> scaled_log = r.take(probability.shape());
    r.dev().for_rows(batch, policies_kernel{r.number("temperature")}, current.value, policy.value, action, taken,
                     probability, scaled_log);
    r.check("out.log_pi_action", taken);
    r.check("out.pi_next", probability);
    r.check("out.tau_log_pi_next", scaled_log);
  }
};

/// Munchausen targets of blocks; the policies are those of the target network over the target's draws.
template <target::clip Clip>
struct block_munchausen_case {
  template <class Run>
  void operator()(Run& r) const {
    r.require_text("rule", name_of(Clip));
    const target::munchausen_with<Clip, iqnrl::net::target, target::draws::shared> rule(config_of(r));
    const auto next = distribution_of<4>(r, "in.z_target_next");
    const auto current = distribution_of<4>(r, "in.z_target_s");
    const auto action = actions_of(r, next.z.rows(), next.z.extent(2));
    r.check("out.y", targets_of(r, rule, discounts_of(r), action, next, current));
    check_bonus(r, rule, current, action);
  }
};

/// All that a soft policy says of a row of values.
struct soft_policy_kernel {
  target::munchausen_with<> rule;
  double temperature;
  template <class T>
  void operator()(std::size_t, const row<const T, 2>& q, const row<T, 1>& probability, const row<T, 1>& log,
                  const row<T, 1>& scaled_log, const row<T, 1>& bonus, T& value) const {
    const iqnrl::soft_policy<T> pi(q, 0, static_cast<T>(temperature));
    for (std::size_t a = 0; a < log.size(); ++a) {
      probability[a] = pi.probability(a);
      log[a] = pi.log(a);
      scaled_log[a] = pi.scaled_log(a);
      bonus[a] = rule.bonus(pi, a);
    }
    value = pi.value();
  }
};

struct soft_policy_case {
  template <class Run, class T = typename Run::value_type>
  void operator()(Run& r) const {
    const view<const T, 2> q = r.template upload<2>("in.q");
    const view<T, 2> probability = r.take(q.shape());
    const view<T, 2> log = r.take(q.shape());
    const view<T, 2> scaled_log = r.take(q.shape());
    const view<T, 2> bonus = r.take(q.shape());
    const view<T, 1> value = r.take(extents<1>{q.rows()});
    const soft_policy_kernel kernel{target::munchausen_with<>(config_of(r)), r.number("temperature")};
    r.dev().for_rows(q.rows(), kernel, q.reshape(extents<3>{q.rows(), 1, q.row_size()}), probability, log, scaled_log,
                     bonus, value);
    r.check("out.pi", probability);
    r.check("out.log_pi", log);
    r.check("out.tau_log_pi", scaled_log);
    r.check("out.bonus", bonus);
    r.check("out.soft_value", value);
  }
};

}  // namespace

void add_targets(registry& all) {
  using iqnrl::net;
  using target::clip;
  using target::draws;
  using shared_max = target::max<draws::shared>;
  all.add("target_max_of_mean", maximum_case<shared_max>{"max_of_mean"});
  all.add("target_round", maximum_case<shared_max>{"max_of_mean"});
  all.add("target_max_of_mean_separate",
          maximum_case<target::max<draws::separate>>{"max_of_mean_separate", "in.z_select_next"});
  all.add("target_per_quantile_max", maximum_case<target::per_quantile_max>{"per_quantile_max"});
  all.add("target_double", maximum_case<target::double_dqn>{"double", "in.z_select_next"});
  all.add("block_max", maximum_case<shared_max, 4>{"max"});
  all.add("block_per_quantile_max", maximum_case<target::per_quantile_max, 4>{"per_quantile_max"});
  all.add("block_double", maximum_case<target::double_dqn, 4>{"double", "in.z_online_next"});
  all.add("block_munchausen_logpi", block_munchausen_case<clip::log_pi>{});
  all.add("block_munchausen_paper", block_munchausen_case<clip::tau_log_pi>{});
  all.add("munchausen_paper", munchausen_case<clip::tau_log_pi, net::target, draws::separate>{});
  all.add("munchausen_btr", munchausen_case<clip::tau_log_pi, net::online, draws::shared>{});
  all.add("munchausen_logpi_clip", munchausen_case<clip::log_pi, net::target, draws::shared>{});
  all.add("munchausen_product_clip", munchausen_case<clip::alpha_tau_log_pi, net::target, draws::shared>{});
  all.add("munchausen_round", munchausen_case<clip::tau_log_pi, net::target, draws::shared>{});
  for (const auto* name : {"munchausen_policy", "munchausen_policy_extreme"}) all.add(name, soft_policy_case{});
}

}  // namespace golden
