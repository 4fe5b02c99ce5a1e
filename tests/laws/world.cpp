// The law of worlds.
#include <doctest/doctest.h>

#include <cartpole/cartpole.hpp>
#include <iqnrl/testing/world_laws.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/frame_world.hpp>

using namespace iqnrl::testing;

TEST_CASE("the worlds of the laws, and CartPole") {
  world_laws<plain_world>();
  world_laws<tiny_world>();
  world_laws<example::cartpole>();
}

TEST_CASE("a world of stacks of frames") { world_laws<frame_world>(); }

TEST_CASE("an odd world: bytes, masks, blocks of actions, every kind of ending") { world_laws<odd_world>(); }
