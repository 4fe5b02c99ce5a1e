// The program on the reference backend.
#include <cartpole/run.hpp>
#include <iqnrl/backend/reference.hpp>

template int example::run_on<iqnrl::backend::reference>(const example::arguments&);
