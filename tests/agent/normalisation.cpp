// Numbers that enter a network as (x - mean) / deviation: given by the world, or measured while learning.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/testing/refusal.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

template <class Numbers>
struct shown {
  using observation = iqnrl::observation<part<"before", std::uint8_t, 2>, Numbers, part<"after", float, 1>>;
  static constexpr std::size_t actions = 2;
  void reset(const generator& /*start*/) {}
  void observe(typename observation::value& /*out*/) const {}
  [[nodiscard]] outcome step(int /*action*/) { return {}; }
};

struct given : floats<3> {
  static constexpr std::array<float, 3> mean{1, -2, 30};
  static constexpr std::array<float, 3> deviation{2, 0.5F, 10};
};
struct flat : floats<3> {
  static constexpr std::array<float, 3> mean{};
  static constexpr std::array<float, 3> deviation{1, 0, 1};
};

template <class Numbers>
using learner_of = learner<shown<Numbers>, numeric::float64, encoder::mlp<4>, conditioning::cosine<3>, head::plain<>>;

template <class Learner>
std::vector<double> state_of(const Learner& l, const std::string& name) {
  for (const auto& t : l.structure().table().state()) {
    if (t.name != name) continue;
    std::vector<double> host(t.size);
    l.dev().download(view<const double, 1>(l.online()->state().slice(t.offset, t.size)), std::span(host));
    return host;
  }
  return {};
}

/// Features of one observation.
template <class Learner>
std::vector<double> features_of(const Learner& l, const std::array<float, 3>& numbers) {
  using network = typename Learner::network_type;
  const std::array<std::uint8_t, 2> before{51, 255};
  const std::array<float, 1> after{0.25F};
  const auto pass = [&](const auto& dev, auto& memory) {
    const auto put = [&]<class T, std::size_t N>(const std::array<T, N>& host) {
      const view<T, 2> v = memory.template take<T, 2>({1, N});
      dev.upload(std::span<const T>(host), v);
      return view<const T, 2>(v);
    };
    const observation_views<typename network::observation> x{put(before), put(numbers), put(after)};
    l.structure().prepare(dev, *l.online());
    typename network::forward_type forward{dev, l.online()->views(), memory};
    typename network::encoder_tape kept;
    return l.structure().encode(forward, x, kept);
  };
  typename network::arena_type counted;
  pass(l.dev().dry(), counted);
  typename network::arena_type memory(l.dev(), counted.needed(), "a test");
  std::vector<double> host(4);
  l.dev().download(pass(l.dev(), memory), std::span(host));
  return host;
}

}  // namespace

TEST_CASE("numbers with a mean and a deviation enter as (x - mean) / deviation, and the network saves both") {
  context ctx{.threads = 1, .seed = 5};
  const learner_of<given> with(ctx, {});
  const learner_of<floats<3>> without(ctx, {});
  CHECK(state_of(with, "encoder.floats.mean") == std::vector<double>{1, -2, 30});
  CHECK(state_of(with, "encoder.floats.deviation") == std::vector<double>{2, 0.5, 10});
  CHECK(without.structure().table().state().empty());
  const auto a = features_of(with, {5, -1, 10});
  const auto b = features_of(without, {2, 2, -2});
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == doctest::Approx(b[i]));
}

TEST_CASE("a deviation that is not positive is refused") {
  context ctx{.threads = 1};
  CHECK(says(refusal<config_error>([&] { const learner_of<flat> l(ctx, {}); }),
             "a deviation of the part `floats` is 0; give positive numbers"));
}

TEST_CASE("running numbers: the moments of everything that was learned from, on the target network at its copy") {
  context ctx{.threads = 2, .seed = 9};
  typename learner_of<floats<3, scaling::running>>::config c;
  c.batch = 40;
  c.sync.every = 3;
  learner_of<floats<3, scaling::running>> l(ctx, c);
  CHECK(state_of(l, "encoder.floats.mean") == std::vector<double>{0, 0, 0});
  CHECK(state_of(l, "encoder.floats.variance") == std::vector<double>{1, 1, 1});

  generator random(sequence{3, stream::statistics, 0});
  std::array<std::vector<double>, 3> seen;
  for (std::size_t update = 0; update < 6; ++update) {
    typename decltype(l)::batch_type batch;
    batch.resize(40 - update);
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const std::array<float, 3> x{1000 + static_cast<float>(random.uniform()), 7,
                                   static_cast<float>(random.uniform(-50, -40))};
      for (std::size_t i = 0; i < 3; ++i) {
        batch.now<1>()[b * 3 + i] = x[i];
        batch.next<1>()[b * 3 + i] = -x[i];  // not measured
        seen[i].push_back(static_cast<double>(x[i]));
      }
      batch.weight[b] = 1;
    }
    l.update(batch, 0);
  }
  const auto mean = state_of(l, "encoder.floats.mean");
  const auto variance = state_of(l, "encoder.floats.variance");
  for (std::size_t i = 0; i < 3; ++i) {
    const auto n = static_cast<double>(seen[i].size());
    double sum = 0;
    for (const double x : seen[i]) sum += x;
    double squares = 0;
    for (const double x : seen[i]) squares += (x - sum / n) * (x - sum / n);
    CHECK(mean[i] == doctest::Approx(sum / n).epsilon(1e-9));
    CHECK(variance[i] == doctest::Approx(squares / n).epsilon(1e-6));
  }
  CHECK(state_of(l, "encoder.floats.seen") == std::vector<double>{static_cast<double>(seen[0].size())});
  const auto at = [&](const auto& weights) {
    std::vector<double> host(l.structure().table().state_size());
    l.dev().download(view<const double, 1>(weights.state()), std::span(host));
    return host;
  };
  CHECK(at(*l.online()) == at(*l.target()));
}
