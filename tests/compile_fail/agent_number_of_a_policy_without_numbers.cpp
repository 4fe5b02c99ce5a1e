// expect-error: widths
#include <iqnrl/agent/composition.hpp>

using iqn = iqnrl::composition<iqnrl::world_archetype>;

iqn::config numbers{.encoder = {.widths = 64}};
