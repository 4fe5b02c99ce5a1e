// The law of target rules.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <iqnrl/contract/target.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/random.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/observations.hpp>
#include <iqnrl/testing/rows.hpp>
#include <iqnrl/testing/tensor.hpp>

namespace iqnrl::testing {

/// What target rules are tried on unless the law is given another observation.
using plain_observation = observation<part<"state", float, 2>>;

/// What a rule that cannot be tried on everything leaves out.
struct target_scope {
  bool slots = true;  ///< tried with blocks of three actions too
  bool masks = true;  ///< tried with actions that are not allowed
};

/// A sample with random distributions of the forwards that a rule asks for.
template <class Rule, class T, class Observation = plain_observation>
struct target_trial {
  using list = typename Rule::forwards::list;
  static constexpr std::size_t wanted = Rule::forwards::count;
  static constexpr bool weighted = iqnrl::detail::weighs_targets<Rule>;
  static constexpr std::size_t actions = 4;
  static constexpr std::size_t count = 5;  ///< N'

  target_trial(std::size_t slots, std::uint64_t seed) {
    generator g(sequence{seed, stream::world, 9});
    each([&](std::size_t i, at, fraction_use use) {
      auto& d = distributions.emplace_back(use == fraction_use::target ? count : 3, slots, actions);
      d.z = noise<T>(d.z.size(), seed * 10 + i);
      for (std::size_t k = 0; k < d.tau.size(); ++k) {
        d.tau[k] = (static_cast<T>(k) + T(0.5)) / static_cast<T>(d.tau.size());
      }
      d.evaluate();
    });
    for (std::size_t s = 0; s < slots; ++s) action.push_back(static_cast<std::int32_t>(g.below(actions)));
    current = random_observation<Observation>(g);
    next = random_observation<Observation>(g);
  }

  /// f(index, the state that it reads, what its fractions are for) for each forward that the rule asks for.
  template <class F>
  static void each(const F& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(I, std::tuple_element_t<I, list>::state, std::tuple_element_t<I, list>::use), ...);
    }
    (std::make_index_sequence<wanted>{});
  }

  /// Forbids an action in the distributions of one state; those of the other state are as they were.
  void forbid(at state, std::size_t slot, std::size_t a) {
    each([&](std::size_t i, at s, fraction_use) {
      if (s != state) return;
      distributions[i].legal[slot * actions + a] = false;
      distributions[i].evaluate();
    });
  }

  /// Adds to the quantiles of one state, of one action or of all (`actions`).
  void raise(at state, std::size_t a, T by) {
    each([&](std::size_t i, at s, fraction_use) {
      if (s != state) return;
      auto& d = distributions[i];
      for (std::size_t k = 0; k < d.z.size(); ++k) d.z[k] += a == actions || k % actions == a ? by : T(0);
      d.evaluate();
    });
  }

  /// The targets, in an array that held `before`; their weights are then in `weight`.
  [[nodiscard]] std::vector<T> targets(const Rule& rule, T before = T(-99)) const {
    const transition<T, Observation> s{reward, discount, row<const std::int32_t, 1>(action.data(), {action.size()}),
                                       rows_of(current), rows_of(next)};
    std::vector<T> y(count, before);
    if constexpr (weighted) y.resize(count * Rule::branches(action.size(), actions), before);
    weight.assign(y.size(), T(1) / static_cast<T>(y.size()));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      if constexpr (weighted) {
        std::fill(weight.begin(), weight.end(), before);
        rule(s, distributions[I].view()..., row_on(y), row_on(weight));
      } else {
        rule(s, distributions[I].view()..., row_on(y));
      }
    }
    (std::make_index_sequence<wanted>{});
    return y;
  }

  static observation_row<Observation> rows_of(const typename Observation::value& seen) {
    observation_row<Observation> rows;
    for_each_part<Observation>([&](auto i) {
      const auto values = seen.template at<i>();
      std::get<i>(rows) = {values.data(), {values.size()}};
    });
    return rows;
  }

  T reward = T(0.5);
  T discount = T(0.9);
  std::vector<std::int32_t> action{};
  std::vector<host_distribution<T>> distributions{};
  typename Observation::value current{};
  typename Observation::value next{};
  mutable std::vector<T> weight{};
};

template <class T>
[[nodiscard]] bool near_targets(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) {
    return std::abs(x - y) <= T(100) * std::numeric_limits<T>::epsilon() * std::max(T(1), std::abs(y));
  });
}

/// f(trial) for samples with one slot and with three, in float and in double.
template <class Rule, class Observation = plain_observation, class F>
void each_target_trial(const F& f, bool slots = true) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}}) {
      if (count > 1 && !slots) continue;
      f(target_trial<Rule, float, Observation>(count, seed));
      f(target_trial<Rule, double, Observation>(count, seed));
    }
  }
}

/// Everything that must hold of a target rule: it writes all of its targets, finite ones, and their weights, which sum
/// to 1; without a discount nothing of the next state counts; nothing of an action that is not allowed ever does.
template <class Rule, class Observation = plain_observation>
void target_laws(const typename Rule::config& config = {}, const target_scope& scope = {}) {
  static_assert(check_target<Rule, Observation>());
  const Rule rule{config};
  each_target_trial<Rule, Observation>(
      [&]<class T>(const target_trial<Rule, T, Observation>& b) {
        const auto y = b.targets(rule);
        const auto weight = b.weight;
        DOCTEST_CHECK((b.targets(rule, T(55)) == y && b.weight == weight));
        DOCTEST_CHECK(std::all_of(y.begin(), y.end(), [](T x) { return is_finite(x); }));
        T sum = 0;
        for (const T w : weight) sum += w;
        DOCTEST_CHECK(sum == doctest::Approx(1).epsilon(1e-5));

        auto ended = b;
        ended.discount = 0;
        auto elsewhere = ended;
        elsewhere.raise(at::next, b.actions, T(5));
        elsewhere.raise(at::next, 1, T(3));
        DOCTEST_CHECK(elsewhere.targets(rule) == ended.targets(rule));

        for (std::size_t slot = 0; scope.masks && slot < b.action.size(); ++slot) {
          for (const at state : {at::current, at::next}) {
            for (std::size_t a = 0; a < b.actions; ++a) {
              if (state == at::current && static_cast<std::int32_t>(a) == b.action[slot]) continue;
              auto masked = b;
              for (std::size_t other = 0; other < b.action.size(); ++other) {
                if (state == at::next || static_cast<std::int32_t>(a) != b.action[other])
                  masked.forbid(state, other, a);
              }
              auto tempting = masked;
              masked.each([&](std::size_t i, at s, fraction_use) {
                if (s != state) return;
                auto& d = tempting.distributions[i];
                for (std::size_t k = 0; k < d.z.size(); ++k) {
                  if (!d.legal[k % d.value.size()]) d.z[k] = T(1000);
                }
                d.evaluate();
              });
              DOCTEST_CHECK(near_targets(tempting.targets(rule), masked.targets(rule)));
            }
          }
        }
      },
      scope.slots);
}

/// What holds of rules that add a discounted value to the reward: a reward is added to every target, targets are linear
/// in the discount, and their order is that of the quantiles of the first forward.
template <class Rule, class Observation = plain_observation>
void bootstrap_target_laws(const typename Rule::config& config = {}, const target_scope& scope = {}) {
  const Rule rule{config};
  each_target_trial<Rule, Observation>(
      [&]<class T>(const target_trial<Rule, T, Observation>& b) {
        const auto y = b.targets(rule);
        auto richer = b;
        richer.reward += T(2);
        auto shifted = y;
        for (T& x : shifted) x += T(2);
        DOCTEST_CHECK(near_targets(richer.targets(rule), shifted));

        auto ended = b;
        ended.discount = 0;
        const auto alone = ended.targets(rule);
        auto half = b;
        half.discount /= 2;
        auto between = y;
        for (std::size_t j = 0; j < y.size(); ++j) between[j] = (y[j] + alone[j]) / 2;
        DOCTEST_CHECK(near_targets(half.targets(rule), between));

        auto turned = b;
        auto& first = turned.distributions[0];
        const std::size_t each = first.value.size();
        for (std::size_t n = 0; n < b.count; ++n) {
          for (std::size_t k = 0; k < each; ++k) {
            first.z[n * each + k] = b.distributions[0].z[(b.count - 1 - n) * each + k];
          }
        }
        first.evaluate();
        auto want = y;
        const std::size_t branches = y.size() / b.count;
        for (std::size_t n = 0; n < b.count; ++n) {
          for (std::size_t k = 0; k < branches; ++k) want[n * branches + k] = y[(b.count - 1 - n) * branches + k];
        }
        DOCTEST_CHECK(near_targets(turned.targets(rule), want));
      },
      scope.slots);
}

}  // namespace iqnrl::testing
