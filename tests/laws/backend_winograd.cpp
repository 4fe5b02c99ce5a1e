// The law of convolutions by Winograd's maps, with registers of every size, and what such a backend is called.
#include <doctest/doctest.h>

#include <iqnrl/backend/winograd.hpp>
#include <iqnrl/contract/backend.hpp>
#include <iqnrl/testing/backend_laws.hpp>
#include <iqnrl/testing/sealed.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

static_assert(check_backend<backend::winograd<backend::native>>());

TEST_CASE("registers of 16 bytes, in sealed memory") {
  backend_convolutions<sealed<backend::winograd<backend::native_with<16>>>, float>();
  backend_convolutions<sealed<backend::winograd<backend::native_with<16>>>, double>();
}

TEST_CASE("registers of 32 bytes") { backend_convolutions<backend::winograd<backend::native_with<32>>, float>(); }

TEST_CASE("registers of 64 bytes") { backend_convolutions<backend::winograd<backend::native_with<64>>, float>(); }

TEST_CASE("its name") { CHECK(backend::winograd<backend::native>::name == "native with Winograd's convolutions"); }

TEST_CASE("what it leaves to the backend below") {
  using windows = backend::detail::winograd_windows<float, 32>;
  const auto takes = [](const image_shape& in, std::size_t out, const window& w) {
    return windows::takes({in, w.over(in, out), w});
  };
  CHECK(takes({8, 5, 5}, 8, window::square(3)));
  CHECK_FALSE(takes({7, 5, 5}, 8, window::square(3)));
  CHECK_FALSE(takes({8, 5, 5}, 7, window::square(3)));
  CHECK_FALSE(takes({8, 5, 5}, 8, window::square(3, 2)));
  CHECK_FALSE(takes({8, 5, 5}, 8, window::square(3, 1, 3)));
  CHECK_FALSE(takes({8, 5, 5}, 8, window::square(4)));
}
