// The laws of replays and collates.
#include <doctest/doctest.h>

#include <iqnrl/replay/n_step.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/testing/collate_laws.hpp>
#include <iqnrl/testing/replay_laws.hpp>
#include <support/policies.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("replays") {
  replay_laws<replay::uniform>();
  replay_laws<replay::prioritized>();
  replay_laws<replay::prioritized>({.alpha = 0, .form = replay::priority_form::mean_difference});
  replay_laws<replay::prioritized>({.fresh = replay::fresh_priority::twice_average, .normalise = false}, true);
}

TEST_CASE("a replay of a user's own, which draws one item") { replay_laws<odd::stubborn>(); }

TEST_CASE("collates") {
  collate_laws<collate::n_step>();
  collate_laws<collate::n_step>({.steps = 3, .discount = 0.5});
  collate_laws<collate::n_step, odd_world::observation, 3>({.steps = 20, .discount = 1});
  collate_laws<collate::n_step, observation<floats<2>, frame_stack<4, image<1, 2, 3>>>>({.steps = 3});
}

TEST_CASE("a collate of a user's own, with a discount of a half") { collate_laws<odd::halves>(); }
