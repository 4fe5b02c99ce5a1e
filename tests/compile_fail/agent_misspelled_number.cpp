// expect-error: temprature
#include <iqnrl/agent.hpp>

using munchausen_agent = iqnrl::agent<iqnrl::world_archetype, iqnrl::target::munchausen>;

int main() { munchausen_agent::config numbers{.target = {.temprature = 0.03}}; }
