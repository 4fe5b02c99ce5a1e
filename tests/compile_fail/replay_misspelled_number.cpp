// expect-error: capactiy
#include <iqnrl/replay/uniform.hpp>

iqnrl::replay::uniform::config numbers{.capactiy = 1};
