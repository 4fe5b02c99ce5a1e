// The law of rules for the target network, and what a learner does with one: after update u, `share(u)` of them is the
// online network; entries of the state buffer follow or stay, as they say.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <iqnrl/agent/learner.hpp>
#include <iqnrl/testing/refusal.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/sync_laws.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/batches.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// Shares by the number of the update.
struct as_told {
  using axis = iqnrl::axis::sync;
  struct config {
    std::array<double, 13> share{};
  };
  config cfg;
  [[nodiscard]] double share(std::uint64_t update) const { return cfg.share[update]; }
};

/// Twelve updates of a learner whose target network follows with the shares of `rule`.
template <class Sync>
void check_following(const Sync& rule) {
  using learner_type = learner<tiny_world, as_told, sealed<backend::eigen>, numeric::float64, odd::stateful<0>,
                               fractions::midpoints<2>, head::plain<>, target::max<target::draws::shared>>;
  learner_type::config numbers{.batch = 4};
  for (std::uint64_t update = 1; update <= 12; ++update) numbers.sync.share[update] = rule.share(update);
  context ctx{.threads = 2, .seed = 1};
  learner_type l(ctx, numbers);
  const auto of = [&](const auto& weights) {
    auto all = host_of(l.dev(), weights->parameters());
    const auto state = host_of(l.dev(), weights->state());
    all.insert(all.end(), state.begin(), state.end());
    return all;
  };
  const auto& entries = l.structure().table().state();
  REQUIRE(entries.size() == 2);
  CHECK(of(l.online()) == of(l.target()));
  auto batch = random_batch<tiny_world>(4, 2);
  for (std::uint64_t update = 1; update <= 12; ++update) {
    const auto mark = [&](const auto& weights, double value) {
      for (const auto& t : entries) l.dev().fill(weights->state().slice(t.offset, t.size), value);
    };
    mark(l.online(), static_cast<double>(update));
    mark(l.target(), -1.0);
    const auto before = of(l.target());
    l.update(batch, 0);
    const auto online = of(l.online());
    const auto after = of(l.target());
    const double share = rule.share(update);
    const std::size_t parameters = l.online()->parameters().size();
    for (std::size_t i = 0; i < parameters; ++i) {
      REQUIRE(std::abs(after[i] - ((1 - share) * before[i] + share * online[i])) <= 1e-14);
    }
    if (share == 0) CHECK(after == before);
    if (share == 1)
      CHECK(std::equal(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(parameters), online.begin()));
    for (const auto& t : entries) {
      const double follows = (1 - share) * -1.0 + share * static_cast<double>(update);
      const double want = t.sync == on_sync::copy ? follows : -1.0;
      for (std::size_t i = 0; i < t.size; ++i) CHECK(after[parameters + t.offset + i] == doctest::Approx(want));
    }
  }
}

}  // namespace

TEST_CASE("shares of an update") {
  sync_laws<sync::hard>();
  sync_laws<sync::hard>({.every = 1});
  sync_laws<sync::polyak>();
  sync_laws<sync::polyak>({.rate = 1, .every = 7});
}

TEST_CASE("a rule of a user's own: half of the network after every third update") { sync_laws<odd::thirds>(); }

TEST_CASE("the target network follows by the share, and the entries of the state buffer as they say") {
  check_following(sync::hard({.every = 3}));
  check_following(sync::polyak({.rate = 0.25, .every = 2}));
  check_following(odd::thirds{});
}

TEST_CASE("numbers out of range are refused") {
  CHECK(says(refusal<config_error>([] { const sync::hard s({.every = 0}); }), "sync.every is 0"));
  CHECK(says(refusal<config_error>([] { const sync::polyak s({.rate = 0}); }),
             "sync.rate is 0; give a number in (0, 1]"));
  CHECK(says(refusal<config_error>([] { const sync::polyak s({.rate = 1.5}); }), "sync.rate is 1.5"));
}
