// Agents with published numbers. A preset has an agent type and a config; an override replaces its policy on that axis.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/replay/prioritized.hpp>
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

/// Beyond The Rainbow (Clark, Towers, Evers, Hare 2025): the IMPALA encoder at twice its width with spectral norm of
/// the residual convolutions and a 6x6 maximum pool, noisy dueling branches of 512, Munchausen targets whose log pi is
/// the online network's (as in the released code), prioritised replay, 3-step returns at discount 0.997, N = N' = K =
/// 8, batch 256, Adam at 1e-4 with epsilon 0.005/256, norm 10, a copy to the target network every 500 updates.
///
/// One update is due every 64 steps of 64 worlds: `trainer_config{.steps_per_update = 64}`. Epsilon tends to 0.01 with
/// a time constant of 2 M steps and ends at 25 M; beta rises to 1 over 50 M steps. 2,908,851 parameters for 18 actions
/// on 4x84x84, the scales of the noise not counted.
template <class World, class... Overrides>
struct btr {
  static constexpr encoder::impala_options encoder_options{
      .pool = encoder::last::adaptive_max, .bins = 6, .spectral = encoder::spectral_norm::residual};
  using agent = typename detail::merge<
      World,
      detail::pack<encoder::impala<2, encoder_options>, head::dueling_with<nn::noisy_dense, 512>,
                   target::munchausen_with<target::clip::tau_log_pi, net::online, target::draws::shared>,
                   replay::prioritized, explore::noisy>,
      Overrides...>::type;

  static typename agent::config config() {
    typename agent::config c;
    detail::common(c);
    if constexpr (requires { c.fractions.online; }) c.fractions = {8, 8, 8, 8};
    if constexpr (requires { c.collate.discount; }) detail::set(c.collate.discount, 0.997);
    if constexpr (requires { c.collate.steps; }) detail::set(c.collate.steps, std::size_t{3});
    if constexpr (requires { c.replay.capacity; }) detail::set(c.replay.capacity, std::size_t{1} << 20U);
    if constexpr (std::same_as<decltype(c.replay), replay::prioritized::config>) {
      c.replay.alpha = 0.2;
      c.replay.beta = schedule::linear({{0, 0.4}, {50'000'000, 1.0}});
    }
    if constexpr (requires { c.optimizer.rate; }) detail::set(c.optimizer.rate, 1e-4);
    if constexpr (requires { c.optimizer.epsilon; }) detail::set(c.optimizer.epsilon, 0.005 / 256);
    if constexpr (std::same_as<decltype(c.sync), sync::hard::config>) c.sync.every = 500;
    if constexpr (std::same_as<decltype(c.explore), explore::noisy::config>) {
      c.explore.epsilon = schedule::approach(1, 0.01, 2e6);
      c.explore.epsilon_ends = 25'000'000;
    }
    c.batch = 256;
    c.worlds = 64;
    c.learning_starts = 200'000;
    c.clip_norm = 10;
    return c;
  }
};

}  // namespace iqnrl::presets
