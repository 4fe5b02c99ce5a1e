// The law of backends on every backend of the library, on one with memory that faults outside primitives, and on one
// whose products read packed weights only.
#include <doctest/doctest.h>

#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/reference.hpp>
#include <iqnrl/testing/backend_laws.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("the reference backend") {
  backend_laws<backend::reference, float>();
  backend_laws<backend::reference, double>();
}

TEST_CASE("the Eigen backend") {
  backend_laws<backend::eigen, float>();
  backend_laws<backend::eigen, double>();
}

TEST_CASE("sealed memory") { backend_laws<sealed<backend::eigen>, float>(); }

TEST_CASE("packed weights") { backend_laws<packing<sealed<backend::reference>>, double>(); }
