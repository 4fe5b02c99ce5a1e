#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <iqnrl/testing/backend_laws.hpp>

#include "recurrent.hpp"

TEST_CASE("float") { iqnrl::testing::backend_laws<recurrent, float>(); }
TEST_CASE("double") { iqnrl::testing::backend_laws<recurrent, double>(); }
