// The law of worlds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include <iqnrl/contract/replay.hpp>
#include <iqnrl/contract/world.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/sound.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/replay/storage.hpp>
#include <iqnrl/testing/doctest.hpp>

namespace iqnrl::testing {

/// How a world is tried.
struct world_trial {
  std::size_t episodes = 20;
  std::size_t steps = 10'000;  ///< within which an episode of random actions ends
  bool endless = false;        ///< whether episodes need not end; each is then left after `steps`
};

/// What a world shows, read into a value that held `before`: every part must be written.
template <class World>
[[nodiscard]] typename World::observation::value seen_of(const World& w, std::uint8_t before = 0) {
  using seen = typename World::observation;
  typename seen::value out;
  for_each_part<seen>([&](auto i) {
    for (auto& x : out.template at<i>()) x = static_cast<std::remove_reference_t<decltype(x)>>(before);
  });
  w.observe(out);
  return out;
}

template <class Observation>
[[nodiscard]] bool same_observation(const typename Observation::value& a, const typename Observation::value& b) {
  bool same = true;
  for_each_part<Observation>([&](auto i) {
    const auto x = a.template at<i>();
    const auto y = b.template at<i>();
    same = same && std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
  });
  return same;
}

/// A random allowed action.
template <class World>
[[nodiscard]] action_of<World> random_action(const typename World::observation::value& seen, generator& g) {
  using observation = typename World::observation;
  constexpr std::size_t slots = slots_of<World>;
  std::array<int, slots> action{};
  for (std::size_t s = 0; s < slots; ++s) {
    const auto allowed = [&](std::size_t a) {
      if constexpr (observation::has_legal) {
        return seen.template at<observation::legal_index>()[s * World::actions + a] != 0;
      } else {
        return a < World::actions;
      }
    };
    std::size_t a = g.below(static_cast<std::uint32_t>(World::actions));
    while (!allowed(a)) a = (a + 1) % World::actions;
    action[s] = static_cast<int>(a);
  }
  if constexpr (slots == 1) {
    return action[0];
  } else {
    return action;
  }
}

/// A sampler that is told what may be drawn, and forgets it.
struct no_sampler {
  void ready(std::size_t /*item*/) {}
  void remove(std::size_t /*item*/) {}
};

/// Everything that must hold of a world: an episode is a function of its generator and actions, whatever the world did
/// before; copies are independent; every part of an observation is written, finite, and allows an action; a stack of
/// frames holds those of the steps before; rewards are finite; episodes end, in one of the ways that there are; a
/// `state`, where there is one, is all of it.
template <class World>
void world_laws(const world_trial& trial = {}, const World& first = World{}) {
  static_assert(check_world<World>());
  using observation = typename World::observation;
  World used = first;
  constexpr std::size_t older_frames = replay::part_rings<observation>::reach;
  replay::storage<observation, slots_of<World>> stored(1, 3 + older_frames, 1);
  no_sampler sampler;
  for (std::uint64_t episode = 0; episode < trial.episodes; ++episode) {
    DOCTEST_CAPTURE(episode);
    const generator start(sequence{7, stream::world, episode});
    generator choice(sequence{8, stream::explore, episode});
    World fresh = first;
    fresh.reset(start);
    used.reset(start);
    ending end = ending::none;
    for (std::size_t step = 0; step < trial.steps && end == ending::none; ++step) {
      DOCTEST_CAPTURE(step);
      const auto seen = seen_of(used, 0);
      DOCTEST_REQUIRE(same_observation<observation>(seen, seen_of(used, 1)));
      DOCTEST_REQUIRE(same_observation<observation>(seen, seen_of(fresh)));
      DOCTEST_REQUIRE_NOTHROW(require_sound<observation>(seen, "the world", 0));
      const auto action = random_action<World>(seen, choice);

      World copy = used;
      const outcome ahead = copy.step(action);
      DOCTEST_REQUIRE(same_observation<observation>(seen, seen_of(used)));
      if constexpr (requires(detail::state_probe & v) { used.state(v); }) {
        World other = first;
        other.reset(generator(sequence{9, stream::world, episode}));
        snapshot::of(used).restore(other);
        const outcome restored = other.step(action);
        DOCTEST_REQUIRE((restored.reward == ahead.reward && restored.end == ahead.end));
        DOCTEST_REQUIRE(same_observation<observation>(seen_of(other), seen_of(copy)));
      }
      const outcome out = used.step(action);
      const outcome twin = fresh.step(action);
      DOCTEST_REQUIRE((out.reward == ahead.reward && out.end == ahead.end));
      DOCTEST_REQUIRE((out.reward == twin.reward && out.end == twin.end));
      DOCTEST_REQUIRE(same_observation<observation>(seen_of(used), seen_of(copy)));
      DOCTEST_REQUIRE(is_finite(out.reward));
      end = out.end;
      DOCTEST_REQUIRE(
          (end == ending::none || end == ending::terminal || end == ending::truncated || end == ending::broken));
      const auto after = seen_of(used);
      if (end != ending::broken) DOCTEST_REQUIRE_NOTHROW(require_sound<observation>(after, "the world", 0));
      if constexpr (older_frames > 0) {
        DOCTEST_REQUIRE_NOTHROW(stored.push(0, seen, action, out.reward, end, true, &after, sampler));
      }
    }
    stored.interrupt(0, sampler);
    if (!trial.endless) DOCTEST_CHECK(end != ending::none);
  }
}

}  // namespace iqnrl::testing
