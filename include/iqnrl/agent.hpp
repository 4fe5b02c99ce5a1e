// What a user includes: `agent<…>`, the presets, every policy, and the default backend.
#pragma once

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/agent/presets.hpp>
#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/core/context.hpp>
#include <iqnrl/core/schedule.hpp>
#include <iqnrl/core/state.hpp>
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
