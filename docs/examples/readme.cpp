#include <cartpole/cartpole.hpp>  // a world: what is seen, which actions there are, what a step does
#include <iqnrl/agent.hpp>
#include <iqnrl/train/trainer.hpp>

using my_agent = iqnrl::agent<example::cartpole,          // structure is types, in any order;
                              iqnrl::target::munchausen,  // a slot left out takes its default
                              iqnrl::replay::prioritized>;

int main() {
  iqnrl::context ctx{.threads = 2, .seed = 1};  // threads change the speed, never the result
  my_agent::config numbers{.fractions = {.online = 8, .target = 8, .select = 8},
                           .target = {.temperature = 0.03},  // numbers are values, swept without a rebuild
                           .replay = {.capacity = 1u << 16}};
  my_agent agent{ctx, numbers};
  iqnrl::trainer loop{agent};
  while (agent.steps() < 2'000) loop.step();  // act, step the world, observe, learn
  agent.save("weights.safetensors");
}
