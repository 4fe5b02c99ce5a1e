// An agent made of odd policies only, in the odd world, runs, learns, and is saved and restored like any other.
#include <cstdint>

#include <doctest/doctest.h>

#include <iqnrl/agent/agent.hpp>
#include <iqnrl/core/state.hpp>
#include <iqnrl/testing/packing.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/worlds.hpp>
#include <support/policies.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

template <class Backend>
using strange = agent<odd_world, Backend, numeric::float64, odd::last_legal, odd::thirds, odd::momentum, odd::expectile,
                      odd::three_forwards, odd::unbiased, odd::tilt, odd::blind, odd::halves, odd::stubborn>;

}  // namespace

TYPE_TO_STRING(sealed<backend::eigen>);
TYPE_TO_STRING(packing<backend::eigen>);

TEST_CASE_TEMPLATE("every axis taken by an odd policy", Backend, backend::reference, sealed<backend::eigen>,
                   packing<backend::eigen>) {
  const typename strange<Backend>::config numbers{
      .fractions = {.online = 5, .target = 7, .select = 3, .act = 2}, .batch = 6, .learning_starts = 1};
  context ctx{.threads = 2, .seed = 4};
  strange<Backend> a(ctx, numbers);
  episodes<odd_world> world(1);
  const std::uint64_t before = digest(a);
  for (int i = 0; i < 60; ++i) {
    world.step(a);
    const learn_report report = a.learn();
    if (report.updated) CHECK(report.loss >= 0);
  }
  CHECK(a.updates() > 20);
  CHECK(a.steps() == 60);
  CHECK(digest(a) != before);

  const snapshot saved = snapshot::of(a);
  strange<Backend> b(ctx, numbers);
  saved.restore(b);
  episodes<odd_world> twin = world;
  for (int i = 0; i < 20; ++i) {
    world.step(a);
    a.learn();
    twin.step(b);
    b.learn();
  }
  CHECK(digest(a) == digest(b));
}
