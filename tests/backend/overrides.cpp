// Which primitives the core's backends have of their own.
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <backend/overrides.hpp>
#include <iqnrl/backend/eigen.hpp>
#include <iqnrl/backend/native.hpp>

using namespace iqnrl;
using iqnrl::testing::own_primitives;
using names = std::vector<std::string_view>;

TEST_CASE("the reference has all of them") { CHECK(own_primitives<backend::reference>().size() == 32); }

TEST_CASE("Eigen's") {
  CHECK(own_primitives<backend::eigen>() == names{"affine", "affine_input_gradient", "affine_weight_gradient",
                                                  "convolve", "convolve_input_gradient", "convolve_weight_gradient",
                                                  "cosine"});
}

TEST_CASE("the native backend's") {
  CHECK(own_primitives<backend::native>() == names{"pack", "affine", "affine_input_gradient", "affine_weight_gradient",
                                                   "convolve", "convolve_input_gradient", "convolve_weight_gradient",
                                                   "max_pool", "cosine", "hadamard_gradient", "sum_of_squares"});
}

TEST_CASE("a backend that has none of its own") {
  struct idle : backend::reference {};
  CHECK(own_primitives<idle>().empty());
}
