// The target under a given policy, on quantiles written by hand.
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/target/expected.hpp>

namespace {

using namespace iqnrl;

using seen = observation<part<"state", float, 2>, field<"policy", float, 3>>;

/// The policy that the observation shows.
struct shown {
  template <class T, class Rows>
  T operator()(const Rows& next, std::size_t action) const {
    return static_cast<T>(std::get<1>(next)[action]);
  }
};
using rule = target::expected<shown>;
static_assert(target_rule_for<rule, seen>);
static_assert(rule::branches(1, 3) == 3);

struct answer {
  std::vector<float> y, weight;
};

/// The rule on quantiles z [N', 3] of the next observation.
answer ask(std::vector<float> z, float reward, float discount, std::array<float, 3> policy) {
  const std::size_t count = z.size() / 3;
  const std::array<float, 3> value{};
  const std::vector<float> tau(count);
  const std::array<float, 2> state{1, 0};
  const std::array<float, 3> other{0.9F, 0.1F, 0};
  const std::int32_t action = 2;
  const transition<float, seen> s{reward,
                                  discount,
                                  {&action, {1}},
                                  {row<const float, 1>{state.data(), {2}}, row<const float, 1>{other.data(), {3}}},
                                  {row<const float, 1>{state.data(), {2}}, row<const float, 1>{policy.data(), {3}}}};
  const distribution<float> next{{z.data(), {count, 1, 3}}, {value.data(), {1, 3}}, {tau.data(), {count}}};
  answer out{std::vector<float>(count * 3, -77.0F), std::vector<float>(count * 3, -77.0F)};
  rule{{}}(s, next, row<float, 1>{out.y.data(), {count * 3}}, row<float, 1>{out.weight.data(), {count * 3}});
  return out;
}

}  // namespace

TEST_CASE("every quantile of every action is a target, weighted by the policy of the next observation") {
  const answer out = ask({1, 10, 100, 2, 20, 200}, 0.5F, 0.5F, {0.5F, 0.375F, 0.125F});
  CHECK(out.y == std::vector<float>{1, 5.5F, 50.5F, 1.5F, 10.5F, 100.5F});
  CHECK(out.weight == std::vector<float>{0.25F, 0.1875F, 0.0625F, 0.25F, 0.1875F, 0.0625F});
}

TEST_CASE("the targets are the mixture, not a mean over actions") {
  const answer out = ask({0, 8, 5}, 0, 1, {0.5F, 0.5F, 0});
  double at_mean = 0;
  double mean = 0;
  for (std::size_t j = 0; j < 3; ++j) {
    mean += static_cast<double>(out.weight[j] * out.y[j]);
    if (out.y[j] > 3 && out.y[j] < 6) at_mean += static_cast<double>(out.weight[j]);
  }
  CHECK(mean == 4.0);
  CHECK(at_mean == 0.0);
}

TEST_CASE("nothing is bootstrapped after the end") {
  const answer out = ask({1, 10, 100, 2, 20, 200, 3, 30, 300}, -1.25F, 0, {0.25F, 0.25F, 0.5F});
  float sum = 0;
  for (std::size_t j = 0; j < out.y.size(); ++j) {
    CHECK(out.y[j] == -1.25F);
    sum += out.weight[j];
  }
  CHECK(sum == doctest::Approx(1.0F));
}
