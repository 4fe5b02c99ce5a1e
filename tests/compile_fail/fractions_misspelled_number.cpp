// expect-error: onlien
#include <iqnrl/quantile/fractions.hpp>

iqnrl::fractions::uniform::config numbers{.onlien = 1};
