// The law of backends on the native backend, with registers of every size that it is compiled for, whatever this
// machine has.
#include <doctest/doctest.h>

#include <iqnrl/backend/native.hpp>
#include <iqnrl/testing/backend_laws.hpp>
#include <iqnrl/testing/sealed.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("registers of 16 bytes, in sealed memory") { backend_laws<sealed<backend::native_with<16>>, float>(); }

TEST_CASE("registers of 32 bytes") {
  backend_laws<backend::native_with<32>, float>();
  backend_products<backend::native_with<32>, double>();
}

TEST_CASE("registers of 64 bytes") {
  backend_laws<backend::native_with<64>, float>();
  backend_laws<backend::native_with<64>, double>();
}
