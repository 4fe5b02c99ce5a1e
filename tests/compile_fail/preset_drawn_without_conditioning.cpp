// expect-error: iqnrl: without conditioning the head gives a fixed grid .*give fractions::midpoints<N>
#include <iqnrl/agent.hpp>

using preset = iqnrl::presets::iqn<iqnrl::world_archetype, iqnrl::conditioning::none>;

int main() { auto numbers = preset::config(); }
