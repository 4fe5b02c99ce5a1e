// What the MinAtar program trains: four presets, each with numbers for a training of about a million steps.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

#include <minatar/arcade.hpp>

namespace example::minatar {

/// Outputs of the layer behind the convolutions, as in Young and Tian 2019.
inline constexpr std::size_t hidden = 128;

/// The numbers of IQN in "Revisiting Rainbow" (Obando-Ceron and Castro 2021): batch 32, an update every 4 steps, a copy
/// to the target network every 1,000 steps, rate 1e-4, a replay of 100,000 steps. Other than there, to fit a training a
/// tenth as long: N = N' = K = 8 (32), and epsilon falls over a tenth of the training (a 40th).
template <class Config>
void revisit(Config& c, std::uint64_t steps) {
  c.learning_starts = 1'000;
  c.fractions = {.online = 8, .target = 8, .select = 8, .act = 8};
  c.optimizer.rate = 1e-4;
  c.replay.capacity = 100'000;
  c.sync.every = 250;
  c.explore.epsilon = iqnrl::schedule::linear({{0, 1.0}, {1 + steps / 10, 0.01}});
}

/// BTR's numbers (Clark et al. 2025) for 50 M steps, brought to a training a 50th as long: the shares of it in which
/// epsilon falls and ends and beta rises are theirs, and so is that a step is learned from four times. Other than in
/// the paper: batch 32 (256) every 8 steps (64) of 16 worlds (64); a copy to the target network every 250 updates
/// (500); a replay of 100,000 steps (2^20); learning after a 200th of the steps (a 250th); discount 0.99 (0.997), as
/// others have on MinAtar; and Adam's epsilon 0.005/32 (0.005/256). Numbers that an override has not are left out.
template <class Config>
void shorten(Config& c, std::uint64_t steps) {
  c.batch = 32;
  c.worlds = 16;
  c.learning_starts = std::max<std::uint64_t>(c.batch, steps / 200);
  c.optimizer.epsilon = 0.005 / 32;
  c.replay.capacity = 100'000;
  c.collate.discount = 0.99;
  c.sync.every = 250;
  c.explore.epsilon = iqnrl::schedule::approach(1, 0.01, std::max(2.0, static_cast<double>(steps) / 25));
  if constexpr (requires { c.explore.epsilon_ends; }) c.explore.epsilon_ends = steps / 2;
  if constexpr (requires { c.replay.beta; })
    c.replay.beta = iqnrl::schedule::linear({{0, 0.4}, {std::max<std::uint64_t>(1, steps), 1.0}});
}

/// IQN (Dabney et al. 2018) on MinAtar's network.
struct iqn : iqnrl::presets::iqn<arcade, iqnrl::encoder::minatar, iqnrl::head::plain<hidden>,
                                 iqnrl::target::max<iqnrl::target::draws::shared>> {
  static constexpr std::string_view name = "iqn";
  static constexpr iqnrl::trainer_config training{.steps_per_update = 4};
  static agent::config numbers(std::uint64_t steps) {
    auto c = config();
    revisit(c, steps);
    return c;
  }
};

/// The same with Munchausen targets (Vieillard et al. 2020).
struct munchausen_iqn
    : iqnrl::presets::munchausen_iqn<arcade, iqnrl::encoder::minatar, iqnrl::head::plain<hidden>,
                                     iqnrl::target::munchausen_with<iqnrl::target::clip::tau_log_pi, iqnrl::net::target,
                                                                    iqnrl::target::draws::shared>> {
  static constexpr std::string_view name = "munchausen_iqn";
  static constexpr iqnrl::trainer_config training = iqn::training;
  static agent::config numbers(std::uint64_t steps) {
    auto c = config();
    revisit(c, steps);
    return c;
  }
};

/// BTR's rules on MinAtar's network: noisy dueling branches, Munchausen, prioritised replay, 3-step returns.
struct btr
    : iqnrl::presets::btr<arcade, iqnrl::encoder::minatar, iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, hidden>> {
  static constexpr std::string_view name = "btr";
  static constexpr iqnrl::trainer_config training{.steps_per_update = 8};
  static agent::config numbers(std::uint64_t steps) {
    auto c = config();
    shorten(c, steps);
    return c;
  }
};

/// BTR with its own encoder, half as wide as in the paper. Its last images are 2 x 2, which BTR's pool to 6 x 6 would
/// not make smaller, so there is none.
struct btr_impala
    : iqnrl::presets::btr<arcade,
                          iqnrl::encoder::impala<
                              1, iqnrl::encoder::impala_options{.spectral = iqnrl::encoder::spectral_norm::residual}>,
                          iqnrl::head::dueling_with<iqnrl::nn::noisy_dense, hidden>> {
  static constexpr std::string_view name = "btr_impala";
  static constexpr iqnrl::trainer_config training{.steps_per_update = 8};
  static agent::config numbers(std::uint64_t steps) {
    auto c = config();
    shorten(c, steps);
    return c;
  }
};

}  // namespace example::minatar
