// expect-error: epislon
#include <iqnrl/explore/behaviours.hpp>

iqnrl::explore::epsilon_greedy::config numbers{.epislon = 1};
