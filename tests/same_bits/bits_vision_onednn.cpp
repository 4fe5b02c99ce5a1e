// The same bits with convolutions and dense layers on oneDNN, in float32 and in bfloat16.
#include <type_traits>

#include <doctest/doctest.h>

#include <iqnrl/backend/onednn.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/head/dueling.hpp>
#include <same_bits/bits.hpp>
#include <support/image_world.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TYPE_TO_STRING(numeric::float32);
TYPE_TO_STRING(numeric::bfloat16);

TEST_CASE_TEMPLATE("the same bits on oneDNN", Numeric, numeric::float32, numeric::bfloat16) {
  if constexpr (std::is_same_v<Numeric, numeric::bfloat16>) {
    try {
      (void)backend::onednn::in_bfloat16::packed_size<float>(8, 8);
    } catch (const config_error& e) {
      MESSAGE(e.what());
      return;
    }
  }
  using agent_type = agent<image_world, backend::onednn, Numeric, encoder::fuse<encoder::impala<1>, encoder::mlp<3>, 5>,
                           conditioning::cosine<4>, head::dueling<8>>;
  check_bits<agent_type>({.fractions = {.online = 32, .target = 4, .select = 4, .act = 4},
                          .sync = {.every = 7},
                          .replay = {.capacity = 100},
                          .explore = {.epsilon = 0.1},
                          .batch = 9,
                          .learning_starts = 20},
                         32, 20);
}
