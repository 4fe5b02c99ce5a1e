// Which policy stands in which slot.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

#include <iqnrl/backend/native.hpp>
#include <iqnrl/contract/augment.hpp>
#include <iqnrl/contract/backend.hpp>
#include <iqnrl/contract/collate.hpp>
#include <iqnrl/contract/conditioning.hpp>
#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/contract/explore.hpp>
#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/contract/head.hpp>
#include <iqnrl/contract/loss.hpp>
#include <iqnrl/contract/numeric.hpp>
#include <iqnrl/contract/optimizer.hpp>
#include <iqnrl/contract/replay.hpp>
#include <iqnrl/contract/sync.hpp>
#include <iqnrl/contract/target.hpp>
#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/encoder/mlp.hpp>
#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/head/plain.hpp>
#include <iqnrl/nn/optimizer.hpp>
#include <iqnrl/quantile/conditioning.hpp>
#include <iqnrl/quantile/fractions.hpp>
#include <iqnrl/replay/n_step.hpp>
#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/quantile_huber.hpp>

namespace iqnrl {

namespace detail {

template <class Axis, class Default, class... Policies>
struct pick : std::type_identity<Default> {};
template <class Axis, class Default, class P, class... Rest>
struct pick<Axis, Default, P, Rest...>
    : std::conditional_t<policy_on<P, Axis>, std::type_identity<P>, pick<Axis, Default, Rest...>> {};

// Slots whose default depends on others: a head may bring its own fractions and conditioning; a fixed grid needs none.
template <class Head>
struct default_fractions : std::type_identity<fractions::uniform> {};
template <class Head>
requires requires { typename Head::default_fractions; }
struct default_fractions<Head> : std::type_identity<typename Head::default_fractions> {};

template <class Fractions>
concept fixed_grid = requires {
  requires(Fractions::fixed > 0);
};

template <class Head, class Fractions>
struct default_conditioning : std::conditional_t<fixed_grid<Fractions>, std::type_identity<conditioning::none>,
                                                 std::type_identity<conditioning::cosine<>>> {};
template <class Head, class Fractions>
requires requires { typename Head::default_conditioning; }
struct default_conditioning<Head, Fractions> : std::type_identity<typename Head::default_conditioning> {};

}  // namespace detail

/// The policies of an agent, one an axis: those that were given, in any order, and defaults for the rest. The defaults
/// make an IQN (Dabney et al. 2018) on fully connected layers.
template <class World, class... Policies>
struct composition {
  static_assert(check_world<World>());
  static_assert((detail::check_is_policy<Policies>() && ... && true));
  static_assert(detail::check_no_twins<Policies...>());

  using world_type = World;
  using observation = typename World::observation;
  static constexpr std::size_t slots = slots_of<World>;
  static constexpr std::size_t actions = World::actions;

  using numeric_policy = typename detail::pick<axis::numeric, numeric::float32, Policies...>::type;
  using backend_policy =
      typename detail::backend_in<typename detail::pick<axis::backend, backend::native, Policies...>::type,
                                  numeric_policy>::type;
  using augment_policy = typename detail::pick<axis::augment, augment::none, Policies...>::type;
  using encoder_policy = typename detail::pick<axis::encoder, encoder::mlp<64, 64>, Policies...>::type;
  using head_policy = typename detail::pick<axis::head, head::plain<64>, Policies...>::type;
  using fractions_policy =
      typename detail::pick<axis::fractions, typename detail::default_fractions<head_policy>::type, Policies...>::type;
  using conditioning_policy =
      typename detail::pick<axis::conditioning,
                            typename detail::default_conditioning<head_policy, fractions_policy>::type,
                            Policies...>::type;
  using target_policy = typename detail::pick<axis::target, target::max<>, Policies...>::type;
  using loss_policy = typename detail::pick<axis::loss, loss::quantile_huber, Policies...>::type;
  using optimizer_policy = typename detail::pick<axis::optimizer, optimizer::adam, Policies...>::type;
  using sync_policy = typename detail::pick<axis::sync, sync::hard, Policies...>::type;
  using replay_policy = typename detail::pick<axis::replay, replay::uniform, Policies...>::type;
  using collate_policy = typename detail::pick<axis::collate, collate::n_step, Policies...>::type;
  using explore_policy = typename detail::pick<axis::explore, explore::epsilon_greedy, Policies...>::type;

  /// What the encoder reads: the observation, as the augmentation gives it.
  using seen = typename augment_policy::template bind<observation>::seen;

  static_assert(check_numeric<numeric_policy>());
  using value_type = typename numeric_policy::type;

  /// Quantiles that the head gives for one row of features.
  static constexpr std::size_t quantiles_per_row = conditioning_policy::per_fraction ? 1 : fractions_policy::fixed;

  /// Every number of an agent: each policy's own, in the order of the data, and those of the update itself.
  struct config {
    typename augment_policy::config augment{};
    typename encoder_policy::config encoder{};
    typename fractions_policy::config fractions{};
    typename conditioning_policy::config conditioning{};
    typename head_policy::config head{};
    typename target_policy::config target{};
    typename loss_policy::config loss{};
    typename optimizer_policy::config optimizer{};
    typename sync_policy::config sync{};
    typename replay_policy::config replay{};
    typename collate_policy::config collate{};
    typename explore_policy::config explore{};
    std::size_t batch = 32;           ///< samples an update
    schedule learning_starts = 1000;  ///< drawable steps that an update asks for, by environment step
    std::size_t worlds = 1;           ///< worlds that act at once
    double clip_norm = 10;            ///< largest joint 2-norm of the gradient; infinity: any
    double clip_value = std::numeric_limits<double>::infinity();  ///< largest entry of the gradient, after the norm

    /// Calls `v(name, value)` for every member, in order.
    template <class V>
    void describe(V& v) const {
      v("augment", augment);
      v("encoder", encoder);
      v("fractions", fractions);
      v("conditioning", conditioning);
      v("head", head);
      v("target", target);
      v("loss", loss);
      v("optimizer", optimizer);
      v("sync", sync);
      v("replay", replay);
      v("collate", collate);
      v("explore", explore);
      v("batch", batch);
      v("learning_starts", learning_starts);
      v("worlds", worlds);
      v("clip_norm", clip_norm);
      v("clip_value", clip_value);
    }
  };

  // After everything that others name, so that a policy that does not fit is the first thing a compiler speaks of and
  // nearly the last.
  static_assert(check_backend<backend_policy>());
  static_assert(check_augment<augment_policy, observation>());
  static_assert(check_encoder<encoder_policy, seen>());
  static_assert(check_fractions<fractions_policy>());
  static_assert(check_conditioning<conditioning_policy>());
  static_assert(check_head<head_policy>());
  static_assert(check_target<target_policy, observation>());
  static_assert(check_loss<loss_policy>());
  static_assert(check_optimizer<optimizer_policy>());
  static_assert(check_sync<sync_policy>());
  static_assert(check_replay<replay_policy>());
  static_assert(check_collate<collate_policy>());
  static_assert(check_explore<explore_policy>());

  static_assert(conditioning_policy::per_fraction || fractions_policy::fixed > 0,
                "iqnrl: without conditioning the head gives a fixed grid of quantiles, and these fractions are drawn; "
                "give fractions::midpoints<N>, or a conditioning  -> docs/conditioning.md");
};

}  // namespace iqnrl
