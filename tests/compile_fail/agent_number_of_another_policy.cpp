// expect-error: temperature
#include <iqnrl/agent.hpp>

using iqn_agent = iqnrl::agent<iqnrl::world_archetype>;

int main() { iqn_agent::config numbers{.target = {.temperature = 0.03}}; }
