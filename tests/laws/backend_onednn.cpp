// The law of backends on oneDNN.
#include <doctest/doctest.h>

#include <iqnrl/backend/onednn.hpp>
#include <iqnrl/testing/backend_laws.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("float") { backend_laws<backend::onednn, float>(); }

TEST_CASE("double, which is the native backend's") { backend_laws<backend::onednn, double>(); }
