// The same bits with images, spectral norm, layer norm, noisy layers and prioritized replay together.
#include <cstddef>

#include <doctest/doctest.h>

#include <iqnrl/augment/image.hpp>
#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/native.hpp>
#include <iqnrl/backend/winograd.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <same_bits/bits.hpp>
#include <support/image_world.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

namespace {

constexpr encoder::impala_options everything{
    .pool = encoder::last::adaptive_max, .bins = 2, .spectral = encoder::spectral_norm::residual, .layer_norm = true};

}  // namespace

TYPE_TO_STRING(backend::eigen);
TYPE_TO_STRING(backend::native);
TYPE_TO_STRING(backend::winograd<backend::native>);

TEST_CASE_TEMPLATE("the same bits with everything that sees", Backend, backend::eigen, backend::native,
                   backend::winograd<backend::native>) {
  using agent_type = agent<image_world, Backend, encoder::fuse<encoder::impala<1, everything>, encoder::mlp<3>, 5>,
                           conditioning::cosine<4>, augment::random_shift<>,
                           head::dueling_with<nn::dense<activation::relu, nn::weight::noisy, true>, 8>, explore::noisy,
                           replay::prioritized, target::munchausen_with<target::clip::tau_log_pi, net::online>>;
  check_bits<agent_type>({.augment = {.pixels = 2},
                          .fractions = {.online = 32, .target = 4, .select = 4, .act = 4},
                          .sync = {.every = 7},
                          .replay = {.capacity = 100},
                          .collate = {.steps = 3},
                          .explore = {.epsilon = 0.1},
                          .batch = 9,
                          .learning_starts = 20},
                         32, 20);
}
