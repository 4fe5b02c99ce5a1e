// The program on the eigen backend.
#include <cartpole/run.hpp>
#include <iqnrl/backend/eigen.hpp>

template int example::run_on<iqnrl::backend::eigen>(const example::arguments&);
