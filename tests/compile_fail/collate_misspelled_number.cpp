// expect-error: step
#include <iqnrl/replay/n_step.hpp>

iqnrl::collate::n_step::config numbers{.step = 1};
