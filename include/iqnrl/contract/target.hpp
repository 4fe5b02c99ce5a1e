// The target axis: what the quantiles of the taken action are regressed on.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include <iqnrl/contract/axis.hpp>
#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/core/observation.hpp>
#include <iqnrl/core/view.hpp>

namespace iqnrl {

/// Which network a forward runs.
enum class net : std::uint8_t { online, target };
/// Which observation of a sample a forward reads: the one acted on, or the one that is bootstrapped.
enum class at : std::uint8_t { current, next };

/// A forward that a target rule asks for: a network, an observation, and how many fractions. Each has fractions of its
/// own.
template <net Network, at State, fraction_use Use>
struct forward {
  static constexpr net network = Network;
  static constexpr at state = State;
  static constexpr fraction_use use = Use;
};
/// The loss's own forward (online network, current observation, N fractions), which runs in any case and costs nothing
/// more.
struct loss_forward {
  static constexpr net network = net::online;
  static constexpr at state = at::current;
  static constexpr fraction_use use = fraction_use::online;
};
/// The forwards that a target rule asks for, in the order in which it gets their distributions.
template <class... Forwards>
struct forwards {
  static constexpr std::size_t count = sizeof...(Forwards);
  using list = std::tuple<Forwards...>;
};

/// The value of an action that is not allowed.
template <class T>
inline constexpr T illegal = std::numeric_limits<T>::lowest();

/// One sample's return distributions from one forward: quantiles z(n, s, a) at fractions tau[n], and their weighted
/// mean over n, value(s, a), which is `illegal` for actions that are not allowed.
template <class T>
struct distribution {
  row<const T, 3> z;
  row<const T, 2> value;
  row<const T, 1> tau;

  [[nodiscard]] std::size_t count() const { return z.extent(0); }
  [[nodiscard]] std::size_t slots() const { return value.extent(0); }
  [[nodiscard]] std::size_t actions() const { return value.extent(1); }
  [[nodiscard]] bool legal(std::size_t s, std::size_t a) const { return value(s, a) > illegal<T>; }

  /// The first action of slot s with the largest value.
  [[nodiscard]] std::size_t best(std::size_t s) const {
    std::size_t b = 0;
    for (std::size_t a = 1; a < actions(); ++a) {
      if (value(s, a) > value(s, b)) b = a;
    }
    return b;
  }
};

namespace detail {
template <class Observation, class Indices>
struct part_rows_of;
template <class Observation, std::size_t... I>
struct part_rows_of<Observation, std::index_sequence<I...>> {
  using type = std::tuple<row<const typename Observation::template part_at<I>::value_type, 1>...>;
};
}  // namespace detail

/// One observation inside a primitive: per part a row of its own type.
template <class Observation>
using observation_row = typename detail::part_rows_of<Observation, std::make_index_sequence<Observation::count>>::type;

/// One sample as a target rule sees it.
template <class T, class Observation>
struct transition {
  T reward;                           ///< the discounted sum of the rewards of the window
  T discount;                         ///< gamma^m of the value that follows; 0 where the episode ended for good
  row<const std::int32_t, 1> action;  ///< of each slot
  observation_row<Observation> current;
  observation_row<Observation> next;
};

namespace detail {
template <class T, class>
using always = T;

template <class P>
concept target_requests = requires {
  typename P::forwards::list;
  { P::forwards::count } -> std::convertible_to<std::size_t>;
};

template <class P, class Observation, class List>
inline constexpr bool target_runs_with = false;
template <class P, class Observation, class... F>
inline constexpr bool target_runs_with<P, Observation, std::tuple<F...>> =
    requires(const P p, const transition<float, Observation>& s, const distribution<float>& d, const row<float, 1>& y) {
  p(s, static_cast<const always<distribution<float>, F>&>(d)..., y);
};
template <class P, class Observation, class List>
inline constexpr bool target_runs_weighted = false;
template <class P, class Observation, class... F>
inline constexpr bool target_runs_weighted<P, Observation, std::tuple<F...>> =
    requires(const P p, const transition<float, Observation>& s, const distribution<float>& d, const row<float, 1>& y) {
  p(s, static_cast<const always<distribution<float>, F>&>(d)..., y, y);
};

template <class P>
concept weighs_targets = requires(std::size_t n) {
  { P::branches(n, n) } -> std::convertible_to<std::size_t>;
};
template <class P, class Observation>
concept target_runs = (weighs_targets<P> ? target_runs_weighted<P, Observation, typename P::forwards::list>
                                         : target_runs_with<P, Observation, typename P::forwards::list>);
}  // namespace detail

/// A target rule for an observation: it lists the forwards that it needs, and fills y [N'] from one sample and their
/// distributions. A rule whose targets do not all weigh the same has `static constexpr std::size_t branches(slots,
/// actions)`, gets y and weights of N' * branches, and fills both; the weights sum to 1.
template <class P, class Observation>
concept target_rule_for = policy_on<P, axis::target> && made_from_config<P> && detail::target_requests<P> &&
    detail::target_runs<P, Observation>;

/// Says in one sentence what a type lacks to be a target rule for an observation.
template <class P, class Observation>
consteval bool check_target() {
  static_assert(policy_on<P, axis::target>,
                "iqnrl[target]: the rule needs `using axis = iqnrl::axis::target;` and an aggregate `struct config`  "
                "-> docs/target.md");
  static_assert(made_from_config<P>,
                "iqnrl[target]: the rule must be constructible from its config (a member `config cfg;` is enough)  -> "
                "docs/target.md");
  static_assert(detail::target_requests<P>,
                "iqnrl[target]: the rule needs `using forwards = iqnrl::forwards<iqnrl::forward<net, at, "
                "fraction_use>...>`, what it wants evaluated  -> docs/target.md");
  if constexpr (detail::target_requests<P>) {
    static_assert(detail::target_runs<P, Observation>,
                  "iqnrl[target]: the rule needs `void operator()(const transition<T, Observation>&, const "
                  "distribution<T>&..., const row<T, 1>& y) const`, one distribution a forward (and a row of weights "
                  "after y where it has `branches`)  -> docs/target.md");
  }
  return target_rule_for<P, Observation>;
}

namespace target {
/// The least that satisfies the contract: the reward alone.
struct archetype {
  using axis = iqnrl::axis::target;
  struct config {};
  using forwards = iqnrl::forwards<>;
  explicit archetype(const config&) {}
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const row<T, 1>& y) const {
    for (T& x : y) x = s.reward;
  }
};
static_assert(target_rule_for<archetype, observation<part<"state", float, 1>>>);
}  // namespace target

}  // namespace iqnrl
