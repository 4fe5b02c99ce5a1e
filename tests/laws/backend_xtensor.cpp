// The law of backends on the xtensor backend.
#include <doctest/doctest.h>

#include <iqnrl/backend/xtensor.hpp>
#include <iqnrl/testing/backend_laws.hpp>
#include <iqnrl/testing/sealed.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("the xtensor backend") {
  backend_laws<backend::xtensor, float>();
  backend_laws<backend::xtensor, double>();
}

TEST_CASE("sealed xtensor memory") { backend_laws<sealed<backend::xtensor>, float>(); }
