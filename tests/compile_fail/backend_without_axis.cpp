// expect-error: iqnrl\[backend\]: the backend needs `using axis = iqnrl::axis::backend;`
#include <iqnrl/contract/backend.hpp>

struct my_policy {};
static_assert(iqnrl::check_backend<my_policy>());
