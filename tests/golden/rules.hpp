// Target rules and return distributions as a case gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <golden/run.hpp>
#include <iqnrl/agent/network.hpp>
#include <iqnrl/contract/target.hpp>

namespace golden {

/// An observation for rules that look at none.
using unseen = iqnrl::observation<iqnrl::part<"unseen", float, 1>>;

/// One forward's quantiles, their means and their fractions.
template <class T>
struct distribution_views {
  iqnrl::view<const T, 4> z;
  iqnrl::view<const T, 3> value;
  iqnrl::view<const T, 2> tau;
};

/// Quantiles [B, N, S, A] with their means over N; no rule here looks at the fractions.
template <class Run, class T = typename Run::value_type>
[[nodiscard]] distribution_views<T> distribution_of(Run& r, const iqnrl::view<const T, 4>& z) {
  const iqnrl::view<T, 3> value = r.take(iqnrl::extents<3>{z.extent(0), z.extent(2), z.extent(3)});
  r.dev().for_rows(z.rows(), iqnrl::value_kernel{}, z, value);
  return {z, value, r.take(iqnrl::extents<2>{z.extent(0), z.extent(1)})};
}

/// A tensor of the file with quantiles [B, N, A] or [B, N, S, A].
template <std::size_t Rank, class Run>
[[nodiscard]] auto distribution_of(Run& r, std::string_view tensor) {
  using T = typename Run::value_type;
  const auto e = r.template shape<Rank>(tensor);
  const std::size_t slots = Rank == 4 ? e[2] : 1;
  return distribution_of(
      r, iqnrl::view<const T, 4>(r.upload(r.values(tensor), iqnrl::extents<4>{e[0], e[1], slots, e[Rank - 1]})));
}

/// The actions of the file, one a slot; zeros where the rule needs none and the file has none.
template <class Run>
[[nodiscard]] iqnrl::view<const std::int32_t, 2> actions_of(Run& r, std::size_t batch, std::size_t slots) {
  std::vector<std::int32_t> actions(batch * slots, 0);
  if (r.has("in.action")) {
    const auto stored = r.integers("in.action");
    actions.assign(stored.begin(), stored.end());
  }
  return r.upload(actions, iqnrl::extents<2>{batch, slots});
}

/// What the value of the next state counts: `in.discount`, or `otherwise`; 0 after a terminal step.
template <class Run, class T = typename Run::value_type>
[[nodiscard]] iqnrl::view<const T, 1> discounts_of(Run& r, double otherwise = 0) {
  const auto terminal = r.bytes("in.terminal");
  std::vector<T> discount =
      r.has("in.discount") ? r.values("in.discount") : std::vector<T>(terminal.size(), static_cast<T>(otherwise));
  iqnrl::require<iqnrl::file_error>(discount.size() == terminal.size(),
                                    "in.discount has {} elements and in.terminal {}", discount.size(), terminal.size());
  for (std::size_t b = 0; b < terminal.size(); ++b) discount[b] *= terminal[b] != 0 ? T(0) : T(1);
  return r.upload(discount, iqnrl::extents<1>{discount.size()});
}

/// Calls a rule for one sample: reward, discount, action, three rows a forward, then what the rule writes.
template <class Rule>
struct rule_kernel {
  Rule rule;

  template <class T, class... Rows>
  void operator()(std::size_t, const T& reward, const T& discount, const iqnrl::row<const std::int32_t, 1>& action,
                  const Rows&... rows) const {
    const iqnrl::transition<T, unseen> s{reward, discount, action, {}, {}};
    call(s, std::forward_as_tuple(rows...), std::make_index_sequence<Rule::forwards::count>{});
  }

 private:
  template <class T, class Tuple, std::size_t... F>
  void call(const iqnrl::transition<T, unseen>& s, const Tuple& all, std::index_sequence<F...>) const {
    rule(s, iqnrl::distribution<T>{std::get<3 * F>(all), std::get<3 * F + 1>(all), std::get<3 * F + 2>(all)}...,
         std::get<3 * sizeof...(F)>(all));
  }
};

/// y [B, N'] of a rule; the first distribution is the one that its values come from.
template <class Run, class Rule, class T, class... Others>
[[nodiscard]] iqnrl::view<T, 2> targets_of(Run& r, const Rule& rule, const iqnrl::view<const T, 1>& discount,
                                           const iqnrl::view<const std::int32_t, 2>& action,
                                           const distribution_views<T>& first, const Others&... others) {
  const iqnrl::view<const T, 1> reward = r.upload_flat("in.reward");
  const iqnrl::view<T, 2> y = r.take(iqnrl::extents<2>{first.z.rows(), first.z.extent(1)});
  std::apply(
      [&](const auto&... views) {
        r.dev().for_rows(y.rows(), rule_kernel<Rule>{rule}, reward, discount, action, views..., y);
      },
      std::tuple_cat(std::tuple(first.z, first.value, first.tau), std::tuple(others.z, others.value, others.tau)...));
  return y;
}

/// The best action of each slot.
struct best_kernel {
  template <class T>
  void operator()(std::size_t, const iqnrl::row<const T, 3>& z, const iqnrl::row<const T, 2>& value,
                  const iqnrl::row<const T, 1>& tau, const iqnrl::row<std::int32_t, 1>& best) const {
    const iqnrl::distribution<T> d{z, value, tau};
    for (std::size_t s = 0; s < d.slots(); ++s) best[s] = static_cast<std::int32_t>(d.best(s));
  }
};

template <class Run, class T>
void check_best_action(Run& r, const distribution_views<T>& d) {
  const auto best = r.template take<std::int32_t>(iqnrl::extents<2>{d.z.rows(), d.z.extent(2)});
  r.dev().for_rows(d.z.rows(), best_kernel{}, d.z, d.value, d.tau, best);
  r.check_integers("out.best_action", r.download(best));
}

}  // namespace golden
