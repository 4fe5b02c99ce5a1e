// Where only the choice of an action matters, a head may leave out what all actions have in common.
#include <cstddef>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/network.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// Quantiles and ranks [B N, A] of random features.
template <class Head>
struct both {
  using network_type = network<plain_world, numeric::float64, encoder::mlp<5>, conditioning::cosine<3>, Head>;
  using backend_type = typename network_type::backend_type;
  static constexpr std::size_t samples = 3;
  static constexpr std::size_t fractions = 4;

  both() {
    const device<backend_type> dev;
    const network_type net({});
    typename network_type::weights_type numbers(dev, net.table());
    net.initialise(dev, numbers, 7);
    net.prepare(dev, numbers);
    const tensor<backend_type, double, 2> psi(dev, {samples, network_type::features},
                                              noise<double>(samples * network_type::features, 1));
    const tensor<backend_type, double, 2> tau(dev, {samples, fractions}, noise<double>(samples * fractions, 2));
    arena<backend_type> counted;
    run(net, dev.dry(), numbers, counted, psi.in(), tau.in());
    arena<backend_type> memory(dev, counted.needed(), "a test");
    run(net, dev, numbers, memory, psi.in(), tau.in());
  }

  std::vector<double> quantiles, ranks;

 private:
  void run(const network_type& net, const device<backend_type>& dev, const typename network_type::weights_type& numbers,
           arena<backend_type>& memory, const view<const double, 2>& psi, const view<const double, 2>& tau) {
    typename network_type::forward_type pass{dev, numbers.views(), memory};
    typename network_type::quantile_tape kept;
    quantiles = host_of(dev, net.quantiles(pass, psi, tau, kept));
    ranks = host_of(dev, net.ranks(pass, psi, tau));
  }
};

constexpr std::size_t actions = plain_world::actions;

}  // namespace

TEST_CASE("a dueling head leaves out its value and the mean advantage, and no difference between actions") {
  const both<head::dueling<4>> found;
  REQUIRE(found.ranks.size() == found.quantiles.size());
  bool differ = false;
  for (std::size_t i = 0; i < found.ranks.size(); i += actions) {
    const double common = found.quantiles[i] - found.ranks[i];
    differ = differ || common > 1e-6 || common < -1e-6;
    for (std::size_t a = 1; a < actions; ++a)
      CHECK(found.quantiles[i + a] - found.ranks[i + a] == doctest::Approx(common).epsilon(1e-12));
  }
  CHECK(differ);
}

TEST_CASE("a head that has no such part gives its quantiles") {
  const both<head::plain<4>> found;
  CHECK(found.ranks == found.quantiles);
}
