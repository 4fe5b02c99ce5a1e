// Learns the return distributions of a known decision process and measures how far off they are.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <vector>

#include <iqnrl/agent.hpp>

#include <support/known_mdps.hpp>

namespace known {

/// pi(a|s'), as the world shows it in the field of the next observation.
struct shown_policy {
  template <class T, class Rows>
  T operator()(const Rows& next, std::size_t action) const {
    return static_cast<T>(std::get<1>(next)[action]);
  }
};
using given_policy = iqnrl::target::expected<shown_policy>;

/// With ReLU some seeds lose so many units for the outermost fractions of a state that its actions can no longer be
/// told apart there; a unit with a slope on both sides finds back.
using slope = iqnrl::activation::leaky_relu;

/// IQN: drawn fractions and a cosine embedding.
template <class World, class Target = given_policy>
using iqn_learner =
    iqnrl::learner<World, Target, iqnrl::encoder::mlp_with<slope, 64>, iqnrl::head::plain_with<slope, 64>,
                   iqnrl::fractions::uniform, iqnrl::conditioning::cosine<64, 0, slope>, iqnrl::sync::polyak>;

/// QR: a fixed grid of quantiles.
template <class World, class Target = given_policy>
using qr_learner = iqnrl::learner<World, Target, iqnrl::encoder::mlp_with<slope, 64>, iqnrl::head::plain<>,
                                  iqnrl::fractions::midpoints<50>, iqnrl::sync::polyak>;

/// Steps in the replay, from random starts under a uniform policy: some 10,000 for each (s, a), so that what is stored
/// is distributed as the process is, to less than a percent.
inline constexpr std::size_t experience = 200'000;

/// Updates until the distribution is learned: an embedding of fractions has a staircase to fit, a grid only numbers.
template <class Learner>
inline constexpr std::uint64_t updates = Learner::slots::fractions_policy::fixed > 0 ? 4'000 : 8'000;

/// The numbers of a learner for distributions.
///
/// The loss is nearly the pinball loss: with a kappa as large as the rewards (1 is usual), the minimum of the quantile
/// Huber loss lies between quantile and expectile, and the learned distribution is narrower than the true one. Within
/// kappa of an atom the loss is smooth, which calms the last steps; 0.002 is below what is measured here.
///
/// The extreme quantiles of an action that never earns much are dragged along by those of one that rarely does, and
/// come back by steps of 1 - tau: the rate is high and falls to 0 in a straight line, and Adam forgets the size of rare
/// gradients in hundreds of updates, not thousands.
template <class Learner>
[[nodiscard]] typename Learner::config numbers() {
  constexpr std::uint64_t last = updates<Learner>;
  typename Learner::config c;
  if constexpr (requires { c.fractions.online; }) c.fractions = {.online = 16, .target = 16, .select = 16, .act = 16};
  c.loss.kappa = 0.002;
  c.optimizer.rate = iqnrl::schedule::linear({{last / 4, 5e-3}, {last, 0}});
  c.optimizer.beta2 = 0.99;
  c.sync.rate = 0.05;
  c.batch = 32;
  c.clip_norm = std::numeric_limits<double>::infinity();
  return c;
}

/// Learned quantiles [state][action][i], at the midpoints (i + 1/2) / N.
template <class World>
using quantile_table = std::array<std::array<std::vector<double>, World::actions>, World::states>;

/// The quantiles that a learner's network gives now: a fixed grid's own, otherwise at 200 midpoints.
template <class World, class Learner>
[[nodiscard]] quantile_table<World> read_quantiles(const Learner& learner) {
  using network = typename Learner::network_type;
  using T = typename network::value_type;
  constexpr std::size_t fixed = Learner::slots::fractions_policy::fixed;
  constexpr std::size_t count = fixed > 0 ? fixed : 200;
  constexpr std::size_t states = World::states;
  constexpr std::size_t actions = World::actions;
  std::vector<float> one_hot(states * states);
  for (std::size_t s = 0; s < states; ++s) one_hot[s * states + s] = 1;
  std::vector<T> midpoints(states * count);
  for (std::size_t i = 0; i < midpoints.size(); ++i)
    midpoints[i] = (static_cast<T>(i % count) + T(0.5)) / static_cast<T>(count);

  const auto& net = learner.structure();
  const auto numbers = learner.online();
  const auto forward = [&](const auto& dev, auto& memory) {
    const auto state = memory.template take<float, 2>({states, states});
    const auto policy = memory.template take<float, 2>({states, actions});
    const auto tau = memory.template take<T, 2>({states, count});
    dev.upload(std::span<const float>(one_hot), state);
    dev.upload(std::span<const T>(midpoints), tau);
    net.prepare(dev, *numbers);
    typename network::forward_type pass{dev, numbers->views(), memory};
    typename network::encoder_tape encoded;
    typename network::quantile_tape kept;
    return net.quantiles(pass, net.encode(pass, {state, policy}, encoded), tau, kept);
  };
  typename network::arena_type counted;
  forward(learner.dev().dry(), counted);
  typename network::arena_type memory(learner.dev(), counted.needed(), "the quantiles of all states");
  std::vector<T> host(states * count * actions);
  learner.dev().download(forward(learner.dev(), memory), std::span(host));

  quantile_table<World> table;
  for (std::size_t s = 0; s < states; ++s) {
    for (std::size_t a = 0; a < actions; ++a) {
      for (std::size_t i = 0; i < count; ++i)
        table[s][a].push_back(static_cast<double>(host[(s * count + i) * actions + a]));
    }
  }
  return table;
}

/// Fills a replay by acting at random in a world, learns from it, and returns the learned quantiles. `gamma` is what
/// the learner takes for the discount.
template <class Learner, class World>
[[nodiscard]] quantile_table<World> learn_quantiles(World world, double gamma, std::uint64_t seed) {
  iqnrl::replay_memory<typename World::observation, 1> replay({.capacity = experience}, {.discount = gamma}, 1,
                                                              World::actions);
  iqnrl::generator act(iqnrl::sequence{seed, iqnrl::stream::explore, 0});
  typename World::observation::value before;
  typename World::observation::value after;
  auto end = iqnrl::ending::terminal;
  for (std::size_t step = 0, episode = 0; step < experience; ++step) {
    if (end != iqnrl::ending::none) world.reset(iqnrl::generator({seed, iqnrl::stream::world, episode++}));
    const auto action = static_cast<int>(act.below(static_cast<std::uint32_t>(World::actions)));
    world.observe(before);
    const iqnrl::outcome result = world.step(action);
    world.observe(after);
    end = result.end;
    replay.push(0, before, action, result.reward, end, false, &after);
  }

  iqnrl::context ctx{.threads = 1, .seed = seed};
  const auto config = numbers<Learner>();
  Learner learner(ctx, config);
  typename Learner::batch_type batch;
  for (std::uint64_t update = 0; update < updates<Learner>; ++update) {
    replay.sample({seed, iqnrl::stream::replay, update}, update, config.batch, batch);
    learner.update(batch, update,
                   [&](std::size_t first, std::size_t count, auto& b) { replay.collate(first, count, b); });
  }
  return read_quantiles<World>(learner);
}

/// The Wasserstein-1 distance of the learned from the exact distribution of every (s, a), in units of the exact one's
/// range, or of the widest range of all where an exact distribution is a single atom.
template <class World>
[[nodiscard]] std::vector<double> relative_errors(const typename World::distributions& exact,
                                                  const quantile_table<World>& learned) {
  double widest = 0;
  for (const auto& row : exact) {
    for (const return_distribution& z : row) widest = std::max(widest, z.range());
  }
  std::vector<double> errors;
  for (std::size_t s = 0; s < World::states; ++s) {
    for (std::size_t a = 0; a < World::actions; ++a) {
      const double range = exact[s][a].range();
      errors.push_back(exact[s][a].wasserstein_1(learned[s][a]) / (range > 0 ? range : widest));
    }
  }
  return errors;
}

}  // namespace known
