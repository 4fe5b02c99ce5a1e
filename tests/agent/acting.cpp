// What greedy acts read: the fractions are embedded once for the weights, and that is what a whole forward gives.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/actor.hpp>
#include <iqnrl/explore/behaviours.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

using actor_type = actor<plain_world, numeric::float64, encoder::mlp<5>, conditioning::cosine<3>, head::dueling<4>>;
using network_type = actor_type::network_type;
using backend_type = network_type::backend_type;
constexpr std::size_t count = 6;

/// The values of an observation by a forward that embeds its fractions for itself.
std::vector<double> forwarded(const actor_type& a, const plain_world::observation::value& seen) {
  const device<backend_type> dev;
  const network_type& net = a.structure();
  net.prepare(dev, *a.numbers());
  std::vector<double> even(count);
  for (std::size_t k = 0; k < count; ++k) even[k] = (static_cast<double>(k) + 0.5) / count;
  const tensor<backend_type, double, 2> tau(dev, {1, count}, even);
  const auto numbers = seen.at<0>();
  const tensor<backend_type, float, 2> x(dev, {1, numbers.size()}, std::vector<float>(numbers.begin(), numbers.end()));
  const auto run = [&](const device<backend_type>& on, arena<backend_type>& memory) {
    network_type::forward_type pass{on, a.numbers()->views(), memory};
    network_type::encoder_tape encoded;
    network_type::quantile_tape kept;
    const observation_views<plain_world::observation> views{x.in()};
    const auto psi = net.encode(pass, views, encoded);
    return host_of(on, net.values(pass, net.quantiles(pass, psi, tau.in(), kept), views));
  };
  arena<backend_type> counted;
  run(dev.dry(), counted);
  arena<backend_type> memory(dev, counted.needed(), "a test");
  return run(dev, memory);
}

}  // namespace

TEST_CASE("values are those of a forward, for these weights and for the next") {
  static_assert(network_type::embeds);
  context ctx{.threads = 2, .seed = 3};
  actor_type a(ctx, {.fractions = {.act = count}});
  plain_world world;
  world.reset(generator{});
  plain_world::observation::value seen;
  world.observe(seen);
  std::vector<double> before;
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    const std::vector<double> right = forwarded(a, seen);
    CHECK(right != before);
    before = right;
    for (const bool explored : {false, true}) {
      if (explored) (void)a.act(seen, mode::explore, 5);
      const std::vector<double> found = a.values(seen);
      REQUIRE(found.size() == right.size());
      for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == doctest::Approx(right[i]).epsilon(1e-12));
    }
    const view<double, 1> numbers = a.numbers()->parameters();
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers.data()[i] += 0.01;
    a.numbers()->changed();
  }
}

TEST_CASE("many observations at once get the actions that each gets alone") {
  context ctx{.threads = 2, .seed = 3};
  actor_type a(ctx, {.fractions = {.act = count}});
  std::vector<plain_world::observation::value> seen(150);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto numbers = noise<float>(3, i);
    std::transform(numbers.begin(), numbers.end(), seen[i].at<0>().begin(), [](float v) { return 50 * v; });
  }
  std::vector<int> actions(seen.size());
  std::vector<std::uint8_t> greedy(seen.size());
  a.act(seen, mode::greedy, 0, actions, greedy);
  std::vector<int> alone;
  for (const auto& s : seen) alone.push_back(a.act(s));
  CHECK(actions == alone);
  CHECK(std::set<int>(alone.begin(), alone.end()).size() > 1);
}
