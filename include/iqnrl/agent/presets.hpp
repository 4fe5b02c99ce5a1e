// Agents with published numbers. A preset has an agent type and a config; an override replaces its policy on that axis.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/target/munchausen.hpp>

namespace iqnrl::presets {

namespace detail {

template <class... Ps>
struct pack {};

/// The preset's policies without those whose axis an override takes, and the overrides.
template <class World, class Preset, class... Overrides>
struct merge;
template <class World, class... Preset, class... Overrides>
struct merge<World, pack<Preset...>, Overrides...> {
  template <class P>
  using kept = std::conditional_t<iqnrl::detail::times<typename P::axis, Overrides...> == 0, pack<P>, pack<>>;

  template <class... Packs>
  struct join;
  template <class... Ps>
  struct join<pack<Ps...>> {
    using type = agent<World, Ps..., Overrides...>;
  };
  template <class... A, class... B, class... Rest>
  struct join<pack<A...>, pack<B...>, Rest...> : join<pack<A..., B...>, Rest...> {};

  using type = typename join<pack<>, kept<Preset>...>::type;
};

/// Sets a number of the preset in the config of an override, which may hold it in a type of its own.
template <class Number, class Value>
void set(Number& number, const Value& value) {
  static_assert(
      std::assignable_from<Number&, const Value&>,
      "iqnrl: the override's config has a number that the preset sets, in a type that cannot hold the preset's "
      "value (a schedule?); make it an iqnrl::schedule, or give it another name  -> docs/agent.md");
  if constexpr (std::assignable_from<Number&, const Value&>) number = value;
}

/// Sets the numbers that every slot of the config still has after the overrides.
template <class Config>
void common(Config& c) {
  if constexpr (requires {
                  c.collate.discount;
                  c.collate.steps;
                }) {
    set(c.collate.discount, 0.99F);
    set(c.collate.steps, std::size_t{1});
  }
  if constexpr (requires { c.replay.capacity; }) set(c.replay.capacity, std::size_t{1'000'000});
  if constexpr (requires { c.optimizer.rate; }) set(c.optimizer.rate, 5e-5);
  if constexpr (requires { c.optimizer.epsilon; }) set(c.optimizer.epsilon, 0.01 / 32);
  if constexpr (std::same_as<decltype(c.sync), sync::hard::config>) c.sync.every = 2500;
  if constexpr (requires { c.explore.epsilon; }) set(c.explore.epsilon, schedule::linear({{0, 1.0}, {250'000, 0.01}}));
  c.batch = 32;
  c.learning_starts = 20'000;
  c.clip_norm = std::numeric_limits<double>::infinity();
}

}  // namespace detail

/// IQN (Dabney et al. 2018): N = N' = 64 fractions, K = 32 to act and to choose, 64 cosines, Adam at 5e-5 with epsilon
/// 0.01/32, batch 32, a copy to the target network every 2,500 updates (10,000 steps with an update every 4).
template <class World, class... Overrides>
struct iqn {
  using agent = typename detail::merge<World, detail::pack<target::max<>>, Overrides...>::type;
  static typename agent::config config() {
    typename agent::config c;
    detail::common(c);
    return c;
  }
};

/// Munchausen-IQN (Vieillard et al. 2020): IQN with temperature 0.03, alpha 0.9 and the clip at -1.
template <class World, class... Overrides>
struct munchausen_iqn {
  using agent = typename detail::merge<World, detail::pack<target::munchausen>, Overrides...>::type;
  static typename agent::config config() {
    typename agent::config c;
    detail::common(c);
    return c;
  }
};

/// QR-DQN (Dabney et al. 2017): 200 quantiles at fixed midpoints, otherwise as IQN. Override fractions::midpoints<N>
/// for another number of them.
template <class World, class... Overrides>
struct qr_dqn {
  using agent =
      typename detail::merge<World, detail::pack<fractions::midpoints<200>, target::max<target::draws::shared>>,
                             Overrides...>::type;
  static typename agent::config config() {
    typename agent::config c;
    detail::common(c);
    return c;
  }
};

}  // namespace iqnrl::presets
