// What the CartPole program trains: three presets with numbers for a world this small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <iqnrl/agent.hpp>

#include <cartpole/cartpole.hpp>

namespace example {

/// The agent's numbers that the command line can change.
struct options {
  std::size_t batch = 64;
  std::size_t worlds = 1;
  std::size_t fractions = 8;
  std::uint64_t steps_per_update = 1;
  std::uint64_t epochs = 1;
  double rate = 4e-3;
};

/// CartPole's numbers on top of a preset's: a rate that stays high for 20,000 steps, until the pole is held, and then
/// falls, so that what was learned stays learned; an exploration that fits tens of thousands of steps instead of
/// hundreds of millions; a target network that is copied often; and 5-step returns.
template <class Preset>
typename Preset::agent::config settings(const options& o) {
  auto c = Preset::config();
  c.batch = o.batch;
  c.worlds = o.worlds;
  c.learning_starts = 1'000;
  c.clip_norm = 10;
  if constexpr (requires { c.fractions.online; }) c.fractions = {o.fractions, o.fractions, o.fractions, 32};
  c.replay.capacity = 100'000;
  c.collate.steps = 5;
  c.optimizer.epsilon = 1e-8;
  c.optimizer.rate =
      iqnrl::schedule::geometric({{0, o.rate}, {20'000, o.rate}, {50'000, o.rate / 40}, {100'000, o.rate / 4'000}});
  c.sync.every = 100;
  c.explore.epsilon = iqnrl::schedule::linear({{0, 1.0}, {10'000, 0.05}});
  return c;
}

/// Calls `f(std::type_identity<Preset>{})` with the preset of a name, with a dueling head: the two pushes differ by
/// less than a hundredth of what both are worth, which advantages of their own resolve sooner. The fractions of a
/// target's values choose its action, too, which spares a forward.
template <class Backend, class F>
decltype(auto) with_preset(std::string_view name, F&& f) {
  using namespace iqnrl;
  using dueling = head::dueling<64>;
  using shared_max = target::max<target::draws::shared>;
  using shared_munchausen = target::munchausen_with<target::clip::tau_log_pi, net::target, target::draws::shared>;
  if (name == "iqn") return f(std::type_identity<presets::iqn<cartpole, Backend, dueling, shared_max>>{});
  if (name == "munchausen_iqn")
    return f(std::type_identity<presets::munchausen_iqn<cartpole, Backend, dueling, shared_munchausen>>{});
  require<config_error>(name == "qr_dqn", "there is no preset {}; give iqn, munchausen_iqn or qr_dqn", name);
  return f(std::type_identity<presets::qr_dqn<cartpole, Backend, dueling, fractions::midpoints<32>>>{});
}

}  // namespace example
