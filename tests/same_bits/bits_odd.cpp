// The same bits with blocks of actions, a batch-wide loss, targets with branches, and bytes in the observation.
#include <doctest/doctest.h>

#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <same_bits/bits.hpp>
#include <support/policies.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("a batch-wide loss, in two phases") {
  using agent_type = agent<odd_world, loss::self_normalised, encoder::mlp<6>, conditioning::cosine<4>, head::dueling<6>,
                           sync::polyak, explore::gaussian, fractions::mirrored>;
  check_bits<agent_type>({.fractions = {.online = 32, .target = 8, .select = 4, .act = 4},
                          .replay = {.capacity = 300},
                          .batch = 9,
                          .learning_starts = 50},
                         32, 300);
}

TEST_CASE("a fixed grid, branches, and sealed memory") {
  using agent_type = agent<odd_world, sealed<backend::eigen>, odd::two_branches, fractions::midpoints<5>,
                           encoder::mlp<6>, head::plain<6>, explore::boltzmann, optimizer::radam>;
  check_bits<agent_type>({.replay = {.capacity = 300}, .batch = 40, .learning_starts = 50}, 8, 100);
}
