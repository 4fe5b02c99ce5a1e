// expect-error: beta_1
#include <iqnrl/nn/optimizer.hpp>

iqnrl::optimizer::adam::config numbers{.beta_1 = 1};
