// Policies whose outputs have another shape than their contract says: refused when memory is planned, both shapes and
// the place named.
#include <cstddef>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include <iqnrl/agent/network.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// Says 4 features and gives 6.
struct wide_encoder : encoder::mlp<6> {
  template <class Observation>
  struct bind : encoder::mlp<6>::bind<Observation> {
    static constexpr std::size_t features = 4;
    using encoder::mlp<6>::bind<Observation>::bind;
  };
};

/// Gives one row a sample, and says one a fraction.
struct short_conditioning : conditioning::none {
  static constexpr bool per_fraction = true;
};

/// A head for one action more than there are.
struct wide_head : head::plain<> {
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  using bind = head::plain<>::bind<Features, Quantiles, Slots, Actions + 1>;
};

/// A grid of 3 that counts 5.
struct torn_grid : fractions::midpoints<3> {
  using midpoints::midpoints;
  [[nodiscard]] static std::size_t count(fraction_use) { return 5; }
};

/// A layer that is bound to 7 inputs, whatever it gets.
struct deaf_head : head::plain<> {
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  using bind = head::plain<>::bind<7, Quantiles, Slots, Actions>;
};

/// What a network says to a pass of 8 samples over a device that computes nothing.
template <class... Policies>
std::string said() {
  using net_type = network<plain_world, backend::reference, Policies...>;
  const net_type net({});
  const typename net_type::device_type dev = typename net_type::device_type().dry();
  arena<backend::reference> memory;
  const typename net_type::weights_type numbers(dev, net.table());
  typename net_type::forward_type pass{dev, numbers.views(), memory};
  const std::size_t count = typename net_type::slots::fractions_policy{{}}.count(fraction_use::online);
  const view<const float, 2> state = memory.template take<float, 2>({8, 3});
  const view<const float, 2> tau = memory.template take<float, 2>({8, count});
  return refusal<shape_error>([&] {
    typename net_type::encoder_tape encoded;
    typename net_type::quantile_tape kept;
    (void)net.quantiles(pass, net.encode(pass, std::tuple(state), encoded), tau, kept);
  });
}

}  // namespace

TEST_CASE("both shapes and the place are named") {
  using fractions::midpoints;
  CHECK(said<midpoints<3>>().empty());
  CHECK(said<midpoints<3>, wide_encoder>() ==
        "the encoder: its output is [8, 6] and does not fit the contract, which is [8, 4]");
  CHECK(said<midpoints<3>, short_conditioning>() ==
        "the conditioning: its output is [8, 64] and does not fit the contract, which is [24, 64]");
  CHECK(said<midpoints<3>, wide_head>() ==
        "the head: its output is [8, 12] and does not fit the contract, which is [8, 9]");
  CHECK(said<torn_grid>() ==
        "the fractions: their grid is [8, 5] and does not fit the quantiles of the head, which is [8, 9]");
  CHECK(said<midpoints<3>, deaf_head>() ==
        "in the head: affine: the input is [8, 64] and does not fit the weight, which is [9, 7]");
}
