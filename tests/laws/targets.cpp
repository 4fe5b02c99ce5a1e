// The law of target rules: what must hold of every one, whatever it bootstraps from.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/target/expected.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/target/soft_policy.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/rows.hpp>
#include <iqnrl/testing/target_laws.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

constexpr std::size_t actions = 4;

/// Action a with probability (1 + a) / 10.
struct rising {
  template <class T, class Observation>
  T operator()(const Observation&, std::size_t action) const {
    return static_cast<T>(1 + action) / T(10);
  }
};

using expected = target::expected<rising>;
using max_separate = target::max<>;
using max_shared = target::max<target::draws::shared>;
using munchausen_btr = target::munchausen_with<target::clip::tau_log_pi, net::online, target::draws::shared>;
using munchausen_shared = target::munchausen_with<target::clip::log_pi, net::target, target::draws::shared>;
using munchausen_product = target::munchausen_with<target::clip::alpha_tau_log_pi>;

/// Whether the current state enters the targets.
template <class Rule>
constexpr bool has_bonus = requires(const Rule r, const soft_policy<double>& pi) {
  r.bonus(pi, 0);
};

template <class Rule>
Rule made() {
  return Rule{typename Rule::config{}};
}

}  // namespace

TYPE_TO_STRING(max_separate);
TYPE_TO_STRING(max_shared);
TYPE_TO_STRING(munchausen_btr);
TYPE_TO_STRING(munchausen_shared);
TYPE_TO_STRING(munchausen_product);

TEST_CASE("rewards, discounts, order and masks") {
  const auto check = []<class Rule>(std::type_identity<Rule>) {
    target_laws<Rule>();
    bootstrap_target_laws<Rule>();
  };
  check(std::type_identity<max_separate>{});
  check(std::type_identity<max_shared>{});
  check(std::type_identity<target::per_quantile_max>{});
  check(std::type_identity<target::double_dqn>{});
  check(std::type_identity<target::munchausen>{});
  check(std::type_identity<munchausen_btr>{});
  check(std::type_identity<munchausen_shared>{});
  check(std::type_identity<munchausen_product>{});
  target_laws<target::archetype>();
}

TEST_CASE("an expectation has one slot, and a policy of its own that must know what is allowed") {
  target_laws<expected>({}, {.slots = false, .masks = false});
  bootstrap_target_laws<expected>({}, {.slots = false, .masks = false});
}

TEST_CASE("rules of a user's own: three forwards, and two branches") {
  target_laws<odd::three_forwards>();
  bootstrap_target_laws<odd::three_forwards>();
  target_laws<odd::two_branches>();
  bootstrap_target_laws<odd::two_branches>();
}

TEST_CASE_TEMPLATE("without a discount the target is the reward, and the bonus of a rule that has one", Rule,
                   max_separate, target::double_dqn, target::munchausen, munchausen_btr, munchausen_product) {
  const Rule rule = made<Rule>();
  each_target_trial<Rule>([&]<class T>(target_trial<Rule, T> b) {
    b.discount = 0;
    for (const T y : b.targets(rule)) {
      if constexpr (has_bonus<Rule>) CHECK(y <= b.reward);
      if constexpr (!has_bonus<Rule>) CHECK(y == b.reward);
    }
  });
}

TEST_CASE_TEMPLATE_DEFINE("with one allowed action a slot, the targets are its quantiles", Rule, one_action) {
  const Rule rule = made<Rule>();
  each_target_trial<Rule>([&]<class T>(target_trial<Rule, T> b) {
    for (std::size_t slot = 0; slot < b.action.size(); ++slot) {
      for (std::size_t a = 0; a < actions; ++a) {
        if (a != (slot + 1) % actions) b.forbid(at::next, slot, a);
        if (static_cast<std::int32_t>(a) != b.action[slot]) b.forbid(at::current, slot, a);
      }
    }
    const auto y = b.targets(rule);
    std::vector<T> want(b.count, T(0));
    for (std::size_t j = 0; j < b.count; ++j) {
      for (std::size_t slot = 0; slot < b.action.size(); ++slot)
        want[j] += b.distributions[0].at(j, slot, (slot + 1) % actions);
      want[j] = b.reward + b.discount * want[j];
    }
    CHECK(near_targets(y, want));
  });
}
TEST_CASE_TEMPLATE_INVOKE(one_action, max_separate, max_shared, target::per_quantile_max, target::double_dqn,
                          target::munchausen, munchausen_btr, munchausen_shared, munchausen_product);

TEST_CASE_TEMPLATE("maximising rules choose by their second forward, if they have one", Rule, max_separate,
                   target::double_dqn) {
  const Rule rule = made<Rule>();
  each_target_trial<Rule>([&]<class T>(target_trial<Rule, T> b) {
    for (std::size_t slot = 0; slot < b.action.size(); ++slot) {
      for (std::size_t n = 0; n < 3; ++n) b.distributions[1].at(n, slot, 3) = T(10);
    }
    b.distributions[1].evaluate();
    const auto y = b.targets(rule);
    for (std::size_t j = 0; j < b.count; ++j) {
      T sum = 0;
      for (std::size_t slot = 0; slot < b.action.size(); ++slot) sum += b.distributions[0].at(j, slot, 3);
      CHECK(y[j] == doctest::Approx(b.reward + b.discount * sum).epsilon(1e-5));
    }
  });
}

TEST_CASE_TEMPLATE("the soft policy: probabilities, and sum pi (q - t log pi) = t logsumexp(q / t)", T, float, double) {
  for (const double t : {0.03, 0.5, 20.0}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto q = noise<T>(6, seed);
      q[seed % 6] = illegal<T>;
      const soft_policy<T> pi(row<const T, 2>(q.data(), {1, 6}), 0, static_cast<T>(t));
      double most = -1e9;
      for (const T x : q) {
        if (x > illegal<T>) most = std::max(most, static_cast<double>(x));
      }
      double partition = 0;
      for (const T x : q) {
        if (x > illegal<T>) partition += std::exp((static_cast<double>(x) - most) / t);
      }
      double total = 0;
      double soft = 0;
      for (std::size_t a = 0; a < 6; ++a) {
        const auto p = static_cast<double>(pi.probability(a));
        total += p;
        if (q[a] <= illegal<T>) {
          CHECK(p == 0);
          CHECK_FALSE(pi.legal(a));
          continue;
        }
        CHECK(p == doctest::Approx(std::exp((static_cast<double>(q[a]) - most) / t) / partition).epsilon(1e-4));
        CHECK(pi.scaled_log(a) <= 0);
        CHECK(pi.scaled_log(a) == doctest::Approx(t * static_cast<double>(pi.log(a))).epsilon(1e-4));
        soft += p * (static_cast<double>(q[a]) - static_cast<double>(pi.scaled_log(a)));
      }
      CHECK(total == doctest::Approx(1).epsilon(1e-5));
      const double want = most + t * std::log(partition);
      CHECK(soft == doctest::Approx(want).epsilon(1e-5));
      CHECK(static_cast<double>(pi.value()) == doctest::Approx(want).epsilon(1e-5));
    }
  }
}

TEST_CASE_TEMPLATE("munchausen: with the same quantiles in the policy, the mean target is r + bonus + g t logsumexp", T,
                   float, double) {
  const munchausen_shared rule({.temperature = 0.4, .alpha = 0.7, .low = -2.0});
  each_target_trial<munchausen_shared>([&]<class U>(const target_trial<munchausen_shared, U>& b) {
    if constexpr (std::is_same_v<U, T>) {
      const auto logsumexp = [](const host_distribution<T>& d, std::size_t slot) {
        double sum = 0;
        for (std::size_t a = 0; a < actions; ++a)
          sum += std::exp(static_cast<double>(d.value[slot * actions + a]) / 0.4);
        return 0.4 * std::log(sum);
      };
      double want = static_cast<double>(b.reward);
      for (std::size_t slot = 0; slot < b.action.size(); ++slot) {
        const auto a = static_cast<std::size_t>(b.action[slot]);
        const double log_pi =
            (static_cast<double>(b.distributions[1].value[slot * actions + a]) - logsumexp(b.distributions[1], slot)) /
            0.4;
        want += 0.7 * 0.4 * std::clamp(log_pi, -2.0, 0.0);
        want += static_cast<double>(b.discount) * logsumexp(b.distributions[0], slot);
      }
      double mean = 0;
      for (const T y : b.targets(rule)) mean += static_cast<double>(y) / static_cast<double>(b.count);
      CHECK(mean == doctest::Approx(want).epsilon(1e-5));
    }
  });
}

TEST_CASE("munchausen numbers out of range are refused") {
  const auto said = [](const target::munchausen_config& c) {
    return refusal<config_error>([&] { const target::munchausen m(c); });
  };
  CHECK(says(said({.temperature = 0}), "target.temperature is 0; give a positive number"));
  CHECK(says(said({.temperature = std::nan("")}), "target.temperature is nan"));
  CHECK(says(said({.alpha = 1.5}), "target.alpha is 1.5"));
  CHECK(says(said({.low = 0.5}), "target.low is 0.5"));
}
