// Which primitives the xtensor backend has of its own: all but memory, random numbers, pools and the functors of
// `for_rows`.
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <backend/overrides.hpp>
#include <iqnrl/backend/xtensor.hpp>

using namespace iqnrl;
using iqnrl::testing::own_primitives;

TEST_CASE("xtensor's") {
  CHECK(own_primitives<backend::xtensor>() == std::vector<std::string_view>{"copy",
                                                                            "fill",
                                                                            "cast",
                                                                            "pack",
                                                                            "affine",
                                                                            "affine_input_gradient",
                                                                            "affine_weight_gradient",
                                                                            "convolve",
                                                                            "convolve_input_gradient",
                                                                            "convolve_weight_gradient",
                                                                            "normalise",
                                                                            "normalise_gradient",
                                                                            "activate",
                                                                            "activation_gradient",
                                                                            "cosine",
                                                                            "cosine_gradient",
                                                                            "hadamard",
                                                                            "hadamard_gradient",
                                                                            "add",
                                                                            "sum_of_squares",
                                                                            "all_finite"});
}
