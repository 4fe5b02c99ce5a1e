// The same bits after 2,000 updates, for any number of threads and after a restart: uniform replay.
#include <doctest/doctest.h>

#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <same_bits/bits.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

using target_max = target::max<>;
using target_munchausen = target::munchausen;
using target_double_dqn = target::double_dqn;
TYPE_TO_STRING(target_max);
TYPE_TO_STRING(target_munchausen);
TYPE_TO_STRING(target_double_dqn);

TEST_CASE_TEMPLATE("the same bits", Target, target_max, target_munchausen, target_double_dqn) {
  using agent_type =
      agent<plain_world, Target, replay::uniform, encoder::mlp<8>, conditioning::cosine<4>, head::plain<8>>;
  check_bits<agent_type>({.fractions = {.online = 32, .target = 8, .select = 4, .act = 4},
                          .sync = {.every = 100},
                          .replay = {.capacity = 600},
                          .collate = {.steps = 3},
                          .batch = 9,
                          .learning_starts = 100},
                         32, 2000);
}
