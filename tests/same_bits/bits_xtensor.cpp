// The same bits after 2,000 updates on the xtensor backend, for any number of threads and after a restart.
#include <doctest/doctest.h>

#include <iqnrl/backend/xtensor.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <same_bits/bits.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TYPE_TO_STRING(replay::uniform);
TYPE_TO_STRING(replay::prioritized);

TEST_CASE_TEMPLATE("the same bits", Replay, replay::uniform, replay::prioritized) {
  using agent_type = agent<plain_world, backend::xtensor, Replay, target::munchausen, encoder::mlp<8>,
                           conditioning::cosine<4>, head::plain<8>>;
  check_bits<agent_type>({.fractions = {.online = 32, .target = 8, .select = 4, .act = 4},
                          .sync = {.every = 100},
                          .replay = {.capacity = 600},
                          .collate = {.steps = 3},
                          .batch = 9,
                          .learning_starts = 100},
                         32, 2000);
}
