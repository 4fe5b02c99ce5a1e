// The program on the native backend.
#include <cartpole/run.hpp>
#include <iqnrl/backend/native.hpp>

template int example::run_on<iqnrl::backend::native>(const example::arguments&);
