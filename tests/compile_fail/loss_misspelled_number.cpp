// expect-error: kapa
#include <iqnrl/target/quantile_huber.hpp>

iqnrl::loss::quantile_huber::config numbers{.kapa = 1};
