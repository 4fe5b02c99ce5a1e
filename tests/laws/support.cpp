// The tools of the laws themselves: a seal that holds, packed weights that must be fresh, recorded numbers.
#include <csignal>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/head/dueling.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/child.hpp>
#include <support/recorded.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

struct identity_rows {
  template <class T>
  void operator()(std::size_t, T& x) const {
    x += T(1);
  }
};

template <class Backend>
child_end read_directly() {
  return in_child([] {
    const device<Backend> dev;
    const tensor<Backend, float, 1> t(dev, {5}, {1, 2, 3, 4, 5});
    const volatile float* p = t.out().data();
    return p[2] == 3.0F ? 7 : 8;
  });
}

template <class Backend>
child_end write_directly() {
  return in_child([] {
    const device<Backend> dev;
    const tensor<Backend, float, 1> t(dev, {5});
    volatile float* p = t.out().data();
    p[2] = 1.0F;
    return 7;
  });
}

}  // namespace

TEST_CASE("sealed memory faults outside primitives, and only there") {
  CHECK(read_directly<sealed<backend::eigen>>().signal == SIGSEGV);
  CHECK(write_directly<sealed<backend::eigen>>().signal == SIGSEGV);
  CHECK(read_directly<sealed<backend::reference>>().signal == SIGSEGV);
  CHECK(read_directly<backend::eigen>().status == 7);
  CHECK(write_directly<backend::eigen>().status == 7);
}

TEST_CASE("sealed memory keeps its contents and is handed out again") {
  using B = sealed<backend::eigen>;
  const device<B> dev;
  const std::vector<double> numbers = noise<double>(1000, 3);
  for (int i = 0; i < 10; ++i) {
    const tensor<B, double, 1> t(dev, {1000}, numbers);
    dev.for_rows(1000, identity_rows{}, t.out());
    const std::vector<double> back = t.get();
    for (std::size_t k = 0; k < 1000; ++k) REQUIRE(back[k] == numbers[k] + 1);
  }
  CHECK_THROWS_AS((memory<B>(dev, std::size_t{1} << 40U, "too much")), memory_error);
}

TEST_CASE("packed weights older than the parameters are noticed") {
  using B = packing<backend::eigen>;
  using net_type = network<plain_world, B, encoder::mlp<4>, conditioning::cosine<3>, head::dueling<4>>;
  const device<B> dev;
  const net_type net({});
  net_type::weights_type numbers(dev, net.table());
  CHECK(numbers.prepared().size() >= net.table().count() / 2);
  net.initialise(dev, numbers, 1);
  arena<B> memory(dev, 1U << 16U, "a test");
  const tensor<B, float, 2> state(dev, {2, 3}, noise<float>(6, 1));
  const tensor<B, float, 2> tau(dev, {2, 5}, std::vector<float>(10, 0.5F));
  const auto run = [&] {
    memory.reset();
    net_type::forward_type pass{dev, numbers.views(), memory};
    net_type::encoder_tape encoded;
    net_type::quantile_tape kept;
    const auto psi = net.encode(pass, std::tuple(state.in()), encoded);
    return host_of(dev, net.quantiles(pass, psi, tau.in(), kept));
  };
  CHECK_THROWS_AS(run(), stale_weights);
  net.prepare(dev, numbers);
  CHECK_NOTHROW(run());
  for (const auto& t : net.table().parameters()) {
    if (!t.name.ends_with("weight")) continue;
    const auto place = numbers.parameters().slice(t.offset, 1);
    const float before = host_of(dev, place)[0];
    dev.fill(place, before + 1);
    CHECK_THROWS_AS(run(), stale_weights);
    dev.fill(place, before);
    CHECK_NOTHROW(run());
  }
}

TEST_CASE("policies draw what a test has recorded") {
  using B = recorded<backend::eigen>;
  using agent_type =
      agent<plain_world, B, encoder::mlp<4>, conditioning::cosine<3>, head::plain<4>, explore::epsilon_greedy>;
  context ctx{.threads = 1, .seed = 1};
  agent_type a(ctx, {.fractions = {.online = 4, .target = 4, .select = 4, .act = 2},
                     .replay = {.capacity = 100},
                     .explore = {.epsilon = 0.5}});
  const plain_world::observation::value seen{};
  const int best = a.act(seen, mode::greedy);
  const auto acts = [&](double coin, double which) {
    B::play(stream::explore, {coin, which});
    return a.act(seen);
  };
  for (int k = 0; k < 3; ++k) CHECK(acts(0.499, (k + 0.5) / 3.0) == k);
  CHECK(acts(0.499, 0.0) == 0);
  CHECK(acts(0.499, 0.9999999) == 2);
  CHECK(acts(0.5, 0.0) == best);
  CHECK(acts(0.9999999, 0.99) == best);
  B::stop();
}
