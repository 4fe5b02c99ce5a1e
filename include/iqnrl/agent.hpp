// What a user includes: `agent<…>`, the presets, every policy, and the default backend.
#pragma once

// The contracts first: on the way to one of their sentences a compiler then names no other header.
#include <iqnrl/core/image.hpp>
#include <iqnrl/core/observation.hpp>

#include <iqnrl/contract/augment.hpp>
#include <iqnrl/contract/backend.hpp>
#include <iqnrl/contract/encoder.hpp>
#include <iqnrl/contract/fractions.hpp>
#include <iqnrl/contract/head.hpp>
#include <iqnrl/contract/loss.hpp>
#include <iqnrl/contract/numeric.hpp>
#include <iqnrl/contract/optimizer.hpp>
#include <iqnrl/contract/replay.hpp>
#include <iqnrl/contract/sync.hpp>
#include <iqnrl/contract/target.hpp>
#include <iqnrl/contract/world.hpp>

#include <iqnrl/contract/collate.hpp>
#include <iqnrl/contract/conditioning.hpp>
#include <iqnrl/contract/explore.hpp>

#include <iqnrl/encoder/image_input.hpp>

#include <iqnrl/agent/composition.hpp>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/agent/presets.hpp>
#include <iqnrl/agent/presets_rulka.hpp>
#include <iqnrl/augment/image.hpp>
#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/native.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/core/context.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/encoder/fuse.hpp>
#include <iqnrl/encoder/impala.hpp>
#include <iqnrl/encoder/mlp.hpp>
#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/head/plain.hpp>
#include <iqnrl/nn/optimizer.hpp>
#include <iqnrl/quantile/conditioning.hpp>
#include <iqnrl/quantile/fractions.hpp>
#include <iqnrl/replay/n_step.hpp>
#include <iqnrl/replay/prioritized.hpp>
#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/target/expected.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/munchausen.hpp>
#include <iqnrl/target/quantile_huber.hpp>
#include <iqnrl/version.hpp>
