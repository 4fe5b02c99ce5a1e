// expect-error: evry
#include <iqnrl/contract/sync.hpp>

iqnrl::sync::hard::config numbers{.evry = 1};
