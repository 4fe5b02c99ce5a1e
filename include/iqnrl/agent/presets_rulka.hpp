// Agents with the numbers of rulka, which drives TrackMania, as far as network, rules and schedules go: the game's
// world, its rewards and its mini-races are not here.
#pragma once

#include <concepts>
#include <cstddef>

#include <iqnrl/agent/presets.hpp>
#include <iqnrl/encoder/convolutional.hpp>
#include <iqnrl/encoder/fuse.hpp>

namespace iqnrl::presets {

namespace detail {

namespace rulka {
using leaky = activation::leaky_relu;
using orthogonal = nn::start::orthogonal<nn::start::gain::leaky_relu>;
using orthogonal_of_cosines = nn::start::orthogonal<nn::start::gain::leaky_relu_of_cosines>;
using last = nn::weight::plain_from<nn::start::orthogonal<nn::start::gain::one>>;
using dense = nn::dense<leaky, nn::weight::plain_from<orthogonal>, false, last>;
using normal_dense = nn::dense<leaky, nn::weight::plain_from<orthogonal>, true>;
using embedding = nn::dense<leaky, nn::weight::plain_from<orthogonal_of_cosines>>;
inline constexpr encoder::impala_options impala{
    .pool = encoder::last::adaptive_max, .bins = 6, .spectral = encoder::spectral_norm::every};
}  // namespace rulka

/// Sets what both presets have.
template <class Config>
void rulka_numbers(Config& c) {
  common(c);
  if constexpr (requires { c.fractions.online; }) c.fractions = {8, 8, 8, 32};
  if constexpr (requires { c.optimizer.epsilon; }) set(c.optimizer.epsilon, 1e-4);
  if constexpr (std::same_as<decltype(c.sync), sync::polyak::config>) c.sync = {.rate = 0.02, .every = 1};
  if constexpr (requires { c.collate.steps; }) set(c.collate.steps, std::size_t{3});
  c.batch = 4096;
  c.clip_value = 1000;
}

}  // namespace detail

/// rulka's IQN: four convolutions and two layers for the floats, 128 cosines from 1, dueling branches of 512, all with
/// leaky ReLU and orthogonal starts; double DQN; N = N' = 8 mirrored fractions, K = 32 to act; the self-normalised
/// quantile Huber loss at kappa 0.005; RAdam with a decoupled decay of 0.1; norm 30, then entries at 1000; 2 % of the
/// online network into the target network after every update of 4,096 samples; 3-step returns whose discount rises from
/// 0.999 to 1; a replay that grows from 50,000 to 200,000 steps; epsilon, noise on the values and rate by geometric
/// schedules.
///
/// One update is due every 128 steps. 1,072,285 parameters for 12 actions on a 1x64x64 image (pixels::centred) and 264
/// floats.
template <class World, class... Overrides>
struct rulka_iqn {
  using agent =
      typename detail::merge<World,
                             detail::pack<encoder::fuse<encoder::cnn_with<detail::rulka::dense>,
                                                        encoder::mlp_with<detail::rulka::dense, 256, 256>>,
                                          fractions::mirrored, conditioning::cosine<128, 1, detail::rulka::embedding>,
                                          head::dueling_with<detail::rulka::dense, 512>, target::double_dqn,
                                          loss::self_normalised, optimizer::radam, sync::polyak, explore::gaussian>,
                             Overrides...>::type;

  static typename agent::config config() {
    typename agent::config c;
    detail::rulka_numbers(c);
    if constexpr (requires { c.optimizer.rate; }) {
      detail::set(c.optimizer.rate,
                  schedule::geometric({{0, 1e-3}, {3'000'000, 5e-5}, {12'000'000, 5e-5}, {15'000'000, 1e-5}}));
    }
    if constexpr (requires { c.optimizer.decoupled_decay; }) c.optimizer.decoupled_decay = 0.1;
    if constexpr (requires { c.collate.discount; }) {
      detail::set(c.collate.discount, schedule::linear({{0, 0.999}, {1'500'000, 0.999}, {2'500'000, 1}}));
    }
    if constexpr (requires { c.replay.capacity; }) {
      detail::set(c.replay.capacity, schedule::steps({{0, 50'000}, {5'000'000, 100'000}, {7'000'000, 200'000}}));
    }
    if constexpr (std::same_as<decltype(c.explore), explore::gaussian::config>) {
      c.explore = {.epsilon = schedule::geometric({{0, 1}, {50'000, 1}, {300'000, 0.1}, {3'000'000, 0.03}}),
                   .noisy = schedule::geometric({{0, 0.15}, {10'000'000, 0.03}}),
                   .scale = 0.01};
    }
    c.learning_starts = schedule::steps({{0, 20'000}, {5'000'000, 75'000}, {7'000'000, 150'000}});
    c.clip_norm = 30;
    return c;
  }
};

/// rulka's BTR: IMPALA at twice its width with spectral norm of every convolution and a 6x6 maximum pool, layers for
/// the floats with layer norm, 64 cosines from 1, noisy dueling branches of 256 with layer norm (the last layer of the
/// value is plain), Munchausen targets clipped on log pi, exploration by the network's noise alone, rate 1e-4, discount
/// 0.997, norm 10, no decay, a replay that grows from 65,536 to 1,048,576 steps; everything else as rulka_iqn.
///
/// 3,319,129 parameters, the scales of the noise counted, for 12 actions on a 1x64x64 image and 264 floats.
template <class World, class... Overrides>
struct rulka_btr {
  using hidden = nn::dense<detail::rulka::leaky, nn::weight::noisy, true>;
  using value = nn::dense<detail::rulka::leaky, nn::weight::noisy, true, detail::rulka::last>;
  using agent = typename detail::merge<
      World,
      detail::pack<encoder::fuse<encoder::impala<2, detail::rulka::impala, detail::rulka::orthogonal>,
                                 encoder::mlp_with<detail::rulka::normal_dense, 256, 256>>,
                   fractions::mirrored, conditioning::cosine<64, 1, detail::rulka::embedding>,
                   head::dueling_of<value, hidden, 256>,
                   target::munchausen_with<target::clip::log_pi, net::target, target::draws::shared>,
                   loss::self_normalised, optimizer::radam, sync::polyak, explore::noisy>,
      Overrides...>::type;

  static typename agent::config config() {
    typename agent::config c;
    detail::rulka_numbers(c);
    if constexpr (requires { c.optimizer.rate; }) detail::set(c.optimizer.rate, 1e-4);
    if constexpr (requires { c.collate.discount; }) detail::set(c.collate.discount, 0.997);
    if constexpr (requires { c.replay.capacity; }) {
      detail::set(c.replay.capacity, schedule::steps({{0, 65'536}, {500'000, 1'048'576}}));
    }
    if constexpr (std::same_as<decltype(c.explore), explore::noisy::config>) c.explore = {};
    c.learning_starts = schedule::steps({{0, 32'768}, {500'000, 262'144}});
    c.clip_norm = 10;
    return c;
  }
};

}  // namespace iqnrl::presets
