// The program on the xtensor backend.
#ifdef IQNRL_OWN_XTENSOR
#include <cartpole/run.hpp>
#include <iqnrl/backend/xtensor.hpp>

template int example::run_on<iqnrl::backend::xtensor>(const example::arguments&);
#endif
