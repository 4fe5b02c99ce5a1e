// The agent's own members, and its parts alone.
#include <array>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include <cartpole/cartpole.hpp>
#include <iqnrl/agent.hpp>
#include <iqnrl/core/state.hpp>

using my_world = example::cartpole;
using my_agent = iqnrl::agent<my_world, iqnrl::target::munchausen, iqnrl::replay::prioritized>;

using preset = iqnrl::presets::munchausen_iqn<my_world, iqnrl::replay::prioritized>;
static_assert(std::is_same_v<preset::agent, my_agent>);

void the_loop(my_agent& agent) {
  my_world world;
  my_world::observation::value seen;
  my_world::observation::value after;
  std::uint64_t episode = 0;
  world.reset(iqnrl::generator({1, iqnrl::stream::world, episode}));
  while (agent.steps() < 200) {
    world.observe(seen);
    const int action = agent.act(seen);  // explores
    const iqnrl::outcome outcome = world.step(action);
    world.observe(after);  // before the world is reset
    agent.observe(outcome, after);
    const iqnrl::learn_report r = agent.learn();  // r.updated is false while there is too little to learn from
    if (r.updated && r.updates == 1) fmt::print("the first update came after {} steps\n", agent.steps());
    if (outcome.end != iqnrl::ending::none) world.reset(iqnrl::generator({1, iqnrl::stream::world, ++episode}));
  }
}

void state(iqnrl::context& ctx, my_agent& agent) {
  my_agent other{ctx, agent.numbers()};
  const iqnrl::snapshot saved = iqnrl::snapshot::of(agent);
  saved.restore(other);  // file_error, and nothing changed, where it does not fit
  const bool same = iqnrl::digest(agent) == iqnrl::digest(other);
  fmt::print("restored: {}\n", same ? "the same bits" : "other bits");
}

void the_parts(iqnrl::context& ctx, const my_agent::config& numbers) {
  const my_world::observation::value seen;

  // network: layers, and where their parameters lie. The numbers are in its weights.
  const my_agent::network_type net{numbers};
  const my_agent::network_type::device_type device;
  my_agent::network_type::weights_type w{device, net.table()};
  net.initialise(device, w, 1);  // 1: the seed
  iqnrl::io::save_weights("w.safetensors", net, device, w);
  fmt::print("network: {} tensors, {} numbers\n", net.table().parameters().size(), net.table().count());

  // learner: a batch in, an update done.
  my_agent::learner_type learner{ctx, numbers};
  my_agent::learner_type::batch_type batch;
  batch.resize(16);                               // at most config.batch; all zero, weights included
  for (float& weight : batch.weight) weight = 1;  // fill action, reward, discount, now<I>(), next<I>(), too
  const iqnrl::learn_report report = learner.update(batch, 0);  // 0: environment steps so far
  fmt::print("learner: {} update\n", report.updates);

  // actor: an observation in, an action out. Without shared weights it has its own.
  my_agent::actor_type actor{ctx, numbers, learner.online()};
  const int action = actor.act(seen);                      // greedy
  const std::vector<float> expected = actor.values(seen);  // [slots, actions]
  my_agent::actor_type alone{ctx, numbers};
  iqnrl::io::load_weights("w.safetensors", alone.structure(), alone.dev(), *alone.numbers());
  fmt::print("actor: {} values\n", expected.size());

  // replay_memory: steps in, batches out. Here for 1 world.
  my_agent::replay_type memory{numbers.replay, numbers.collate, 1, my_world::actions};
  memory.push(0, seen, action, 1.0F, iqnrl::ending::terminal, true, &seen);   // …, greedy, after
  memory.sample(iqnrl::sequence{1, iqnrl::stream::replay, 0}, 0, 16, batch);  // update 0, 0 environment steps
  memory.collate(0, 16, batch);                                               // writes rows [0, 16)
  learner.update(batch, 0);
  memory.update(batch.item, learner.sum_mean_abs(), learner.mean_difference());
  fmt::print("replay: {} step to draw from, {} updates\n", memory.size(), learner.updates());
}

int main() {
  my_agent::config numbers = preset::config();
  numbers.fractions = {.online = 8, .target = 8, .select = 8, .act = 8};
  numbers.replay.capacity = 4'096;
  numbers.batch = 16;
  numbers.learning_starts = 50;

  iqnrl::context ctx{.threads = 2, .seed = 1};  // must outlive the agent
  my_agent agent{ctx, numbers};                 // memory is planned here

  the_loop(agent);
  state(ctx, agent);
  the_parts(ctx, numbers);
}
