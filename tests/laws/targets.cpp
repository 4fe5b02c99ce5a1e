// The law of target rules: what must hold of every one, whatever it bootstraps from.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/contract/target.hpp>
#include <iqnrl/target/expected.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/target/soft_policy.hpp>
#include <support/policies.hpp>
#include <support/refusal.hpp>
#include <support/rows.hpp>
#include <support/tensor.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

using seen = observation<part<"state", float, 2>>;

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

/// Whether a rule's forward I reads the next state.
template <class Rule, std::size_t I>
constexpr bool reads_next = std::tuple_element_t<I, typename Rule::forwards::list>::state == at::next;

/// A sample, the distributions that a rule asks for, and its targets.
template <class Rule, class T>
struct bench {
  static constexpr std::size_t wanted = Rule::forwards::count;
  static constexpr bool weighted = iqnrl::detail::weighs_targets<Rule>;

  bench(std::size_t slots, std::uint64_t seed) {
    generator g(sequence{seed, stream::world, 9});
    for (std::size_t i = 0; i < wanted; ++i) {
      auto& d = distributions.emplace_back(i == 0 ? count : 3, slots, actions);
      d.z = noise<T>(d.z.size(), seed * 10 + i);
      d.evaluate();
    }
    for (std::size_t s = 0; s < slots; ++s) action.push_back(static_cast<std::int32_t>(g.below(actions)));
  }

  /// Forbids an action in the distributions of one state; those of the other state are as they were.
  void forbid(at state, std::size_t slot, std::size_t a) {
    each([&](std::size_t i, bool next) {
      if (next == (state == at::next)) distributions[i].legal[slot * actions + a] = false;
    });
    for (auto& d : distributions) d.evaluate();
  }

  template <class F>
  void each(const F& f) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(I, reads_next<Rule, I>), ...); }
    (std::make_index_sequence<wanted>{});
  }

  [[nodiscard]] std::vector<T> targets(const Rule& rule) const {
    const std::vector<float> nothing(2, 0.0F);
    const observation_row<seen> state{row<const float, 1>(nothing.data(), {2})};
    const transition<T, seen> s{reward, discount, row<const std::int32_t, 1>(action.data(), {action.size()}), state,
                                state};
    std::vector<T> y(count, T(-99));
    if constexpr (weighted) y.resize(count * Rule::branches(action.size(), actions), T(-99));
    weight.assign(y.size(), T(1) / static_cast<T>(y.size()));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      if constexpr (weighted) {
        rule(s, distributions[I].view()..., row_on(y), row_on(weight));
      } else {
        rule(s, distributions[I].view()..., row_on(y));
      }
    }
    (std::make_index_sequence<wanted>{});
    return y;
  }

  /// Targets and their weights, in the order of the targets.
  [[nodiscard]] std::vector<std::pair<T, T>> law(const Rule& rule) const {
    const auto y = targets(rule);
    std::vector<std::pair<T, T>> all;
    for (std::size_t j = 0; j < y.size(); ++j) all.emplace_back(y[j], weight[j]);
    std::sort(all.begin(), all.end());
    return all;
  }

  static constexpr std::size_t count = 5;
  T reward = T(0.5);
  T discount = T(0.9);
  std::vector<std::int32_t> action{};
  std::vector<host_distribution<T>> distributions{};
  mutable std::vector<T> weight{};
};

template <class Rule>
constexpr bool any_slots = !std::is_same_v<Rule, expected>;
/// Whether the current state enters the targets.
template <class Rule>
constexpr bool has_bonus = requires(const Rule r, const soft_policy<double>& pi) {
  r.bonus(pi, 0);
};

template <class T>
bool near(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) {
    return std::abs(x - y) <= T(100) * std::numeric_limits<T>::epsilon() * std::max(T(1), std::abs(y));
  });
}

template <class Rule, class F>
void each_case(const F& f) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const std::size_t slots : {1U, 3U}) {
      if (slots > 1 && !any_slots<Rule>) continue;
      f(bench<Rule, float>(slots, seed));
      f(bench<Rule, double>(slots, seed));
    }
  }
}

template <class Rule>
Rule made() {
  return Rule{typename Rule::config{}};
}

}  // namespace

TYPE_TO_STRING(expected);
TYPE_TO_STRING(max_separate);
TYPE_TO_STRING(max_shared);
TYPE_TO_STRING(munchausen_btr);
TYPE_TO_STRING(munchausen_shared);
TYPE_TO_STRING(munchausen_product);

TEST_CASE_TEMPLATE_DEFINE("rewards, discounts, order and masks", Rule, target_laws) {
  static_assert(check_target<Rule, seen>());
  const Rule rule = made<Rule>();
  each_case<Rule>([&]<class T>(bench<Rule, T> b) {
    const auto y = b.targets(rule);

    // weights sum to 1
    T sum = 0;
    for (const T w : b.weight) sum += w;
    CHECK(sum == doctest::Approx(1).epsilon(1e-5));

    // a reward is added to every target
    auto richer = b;
    richer.reward += T(2);
    auto shifted = y;
    for (T& x : shifted) x += T(2);
    CHECK(near(richer.targets(rule), shifted));

    // without a discount nothing that follows counts: the reward, and the bonus of a rule that has one
    auto ended = b;
    ended.discount = 0;
    const auto alone = ended.targets(rule);
    for (const T x : alone) CHECK(x == doctest::Approx(alone[0]).epsilon(1e-5));
    if constexpr (!has_bonus<Rule>) CHECK(alone[0] == b.reward);
    if constexpr (has_bonus<Rule>) CHECK(alone[0] <= b.reward);
    auto elsewhere = ended;
    elsewhere.each([&](std::size_t i, bool next) {
      if (!next) return;
      for (T& z : elsewhere.distributions[i].z) z += T(5);
      elsewhere.distributions[i].evaluate();
    });
    CHECK(near(elsewhere.targets(rule), alone));

    // linear in the discount
    auto half = b;
    half.discount /= 2;
    auto between = y;
    for (std::size_t j = 0; j < y.size(); ++j) between[j] = (y[j] + alone[j % alone.size()]) / 2;
    CHECK(near(half.targets(rule), between));

    // the order of the first forward's fractions is the order of the targets
    auto turned = b;
    auto& first = turned.distributions[0];
    for (std::size_t n = 0; n < b.count; ++n) {
      for (std::size_t k = 0; k < first.value.size(); ++k) {
        first.z[n * first.value.size() + k] = b.distributions[0].z[(b.count - 1 - n) * first.value.size() + k];
      }
    }
    first.evaluate();
    auto want = y;
    const std::size_t branches = y.size() / b.count;
    for (std::size_t n = 0; n < b.count; ++n) {
      for (std::size_t k = 0; k < branches; ++k) want[n * branches + k] = y[(b.count - 1 - n) * branches + k];
    }
    CHECK(near(turned.targets(rule), want));

    // what is not allowed has no influence, however good it looks
    if constexpr (!std::is_same_v<Rule, expected>) {
      for (std::size_t slot = 0; slot < b.action.size(); ++slot) {
        auto masked = b;
        masked.forbid(at::next, slot, 2);
        auto tempting = masked;
        tempting.each([&](std::size_t i, bool next) {
          if (!next) return;
          for (std::size_t n = 0; n < tempting.distributions[i].shape[0]; ++n)
            tempting.distributions[i].at(n, slot, 2) = T(1000);
          tempting.distributions[i].evaluate();
        });
        CHECK(near(tempting.targets(rule), masked.targets(rule)));
      }
    }
  });
}
TEST_CASE_TEMPLATE_INVOKE(target_laws, max_separate, max_shared, target::per_quantile_max, target::double_dqn,
                          target::munchausen, munchausen_btr, munchausen_shared, munchausen_product, expected,
                          odd::three_forwards, odd::two_branches);

TEST_CASE_TEMPLATE_DEFINE("with one allowed action a slot, the targets are its quantiles", Rule, one_action) {
  const Rule rule = made<Rule>();
  each_case<Rule>([&]<class T>(bench<Rule, T> b) {
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
    CHECK(near(y, want));
  });
}
TEST_CASE_TEMPLATE_INVOKE(one_action, max_separate, max_shared, target::per_quantile_max, target::double_dqn,
                          target::munchausen, munchausen_btr, munchausen_shared, munchausen_product);

TEST_CASE_TEMPLATE("maximising rules choose by their second forward, if they have one", Rule, max_separate,
                   target::double_dqn) {
  const Rule rule = made<Rule>();
  each_case<Rule>([&]<class T>(bench<Rule, T> b) {
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
  each_case<munchausen_shared>([&]<class U>(const bench<munchausen_shared, U>& b) {
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
