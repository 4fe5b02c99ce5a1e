// Agents in which one policy of a user's own takes the place of the default.
#pragma once

#include <concepts>
#include <type_traits>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/testing/agent_laws.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/policies.hpp>

namespace iqnrl::testing {

/// `P` where it is on the axis of `Default`.
template <class P, class Default>
using or_default = std::conditional_t<std::same_as<typename P::axis, typename Default::axis>, P, Default>;

/// A small agent that has `P`, and no other policy that is odd.
template <class P, class World = plain_world>
using agent_with =
    agent<World, or_default<P, backend::reference>, or_default<P, numeric::float32>, or_default<P, augment::none>,
          or_default<P, encoder::mlp<4>>, or_default<P, fractions::uniform>, or_default<P, conditioning::cosine<3>>,
          or_default<P, head::plain<4>>, or_default<P, target::max<>>, or_default<P, loss::quantile_huber>,
          or_default<P, optimizer::adam>, or_default<P, sync::hard>, or_default<P, replay::uniform>,
          or_default<P, collate::n_step>, or_default<P, explore::epsilon_greedy>>;

/// The law of agents for it: batches of two shards, a copy to the target network on the way, and no start to wait for,
/// since a replay may have one item only.
template <class P, class World = plain_world>
void trains() {
  using agent_type = agent_with<P, World>;
  typename agent_type::config numbers{.batch = 9, .learning_starts = 1};
  if constexpr (requires { numbers.fractions.online; })
    numbers.fractions = {.online = 32, .target = 4, .select = 3, .act = 2};
  if constexpr (requires { numbers.sync.every; }) numbers.sync.every = 10;
  numbers.replay.capacity = 60;
  agent_laws<agent_type>(numbers);
}

}  // namespace iqnrl::testing
