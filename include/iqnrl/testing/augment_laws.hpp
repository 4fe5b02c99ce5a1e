// The law of augmentations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <iqnrl/backend/reference.hpp>
#include <iqnrl/contract/augment.hpp>
#include <iqnrl/testing/doctest.hpp>
#include <iqnrl/testing/observations.hpp>
#include <iqnrl/testing/sealed.hpp>
#include <iqnrl/testing/tensor.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace iqnrl::testing {

/// An augmentation over random observations and numbers: what comes out, part by part, as bytes of each sample.
template <class Augment, class Observation>
class augment_trial {
 public:
  using layer = typename Augment::template bind<Observation>;
  using seen = typename layer::seen;
  using outcome = std::vector<std::vector<unsigned char>>;

  augment_trial(const typename Augment::config& config, std::size_t samples) : layer_(config) {
    generator g(sequence{11, stream::world, 2});
    for (std::size_t b = 0; b < samples; ++b) observations_.push_back(random_observation<Observation>(g));
    for (std::size_t i = 0; i < samples * layer::randoms; ++i) uniform_.push_back(g.uniform());
  }

  /// Samples [first, first + count) with their numbers, or with `number` for each.
  [[nodiscard]] outcome run(std::size_t first, std::size_t count, const double* number = nullptr) {
    const std::size_t planned = pass(dev_.dry(), arena<strict_backend>(), first, count, number).second;
    return pass(dev_, arena<strict_backend>(dev_, planned, "an augmentation"), first, count, number).first;
  }

 private:
  using strict_backend = sealed<backend::reference>;

  std::pair<outcome, std::size_t> pass(const device<strict_backend>& dev, arena<strict_backend> memory,
                                       std::size_t first, std::size_t count, const double* number) {
    forward_pass<strict_backend, double> p{dev, {}, memory};
    observation_views<Observation> x;
    for_each_part<Observation>([&](auto i) {
      constexpr std::size_t size = Observation::sizes[i];
      using element = typename Observation::template part_at<i>::value_type;
      std::vector<element> host;
      for (std::size_t b = first; b < first + count; ++b) {
        const auto values = observations_[b].template at<i>();
        host.insert(host.end(), values.begin(), values.end());
      }
      const view<element, 2> v = memory.template take<element, 2>({count, size});
      dev.upload(std::span<const element>(host), v);
      std::get<i>(x) = v;
    });
    std::vector<double> numbers(uniform_.begin() + static_cast<std::ptrdiff_t>(first * layer::randoms),
                                uniform_.begin() + static_cast<std::ptrdiff_t>((first + count) * layer::randoms));
    if (number != nullptr) numbers.assign(numbers.size(), *number);
    const view<double, 2> u = memory.template take<double, 2>({count, layer::randoms});
    dev.upload(std::span<const double>(numbers), u);
    const observation_views<seen> y = layer_(p, x, view<const double, 2>(u));

    outcome out(count);
    for_each_part<seen>([&](auto i) {
      constexpr std::size_t size = seen::sizes[i];
      DOCTEST_REQUIRE(std::get<i>(y).shape() == extents<2>{count, size});
      if (dev.is_dry()) return;
      const auto host = host_of(dev, std::get<i>(y));
      for (std::size_t b = 0; b < count; ++b) append(out[b], std::span(host).subspan(b * size, size));
    });
    if (!dev.is_dry()) {
      for_each_part<Observation>([&](auto i) {
        const auto host = host_of(dev, std::get<i>(x));
        for (std::size_t b = 0; b < count; ++b) {
          const auto before = observations_[first + b].template at<i>();
          const auto now = std::span(host).subspan(b * before.size(), before.size());
          const bool same = std::memcmp(now.data(), before.data(), before.size_bytes()) == 0;
          DOCTEST_CHECK(same);
        }
      });
    }
    return {std::move(out), memory.needed()};
  }

  template <class Span>
  static void append(std::vector<unsigned char>& to, const Span& values) {
    const auto bytes = std::as_bytes(values);
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    to.insert(to.end(), from, from + bytes.size());
  }

  device<strict_backend> dev_{};
  layer layer_;
  std::vector<typename Observation::value> observations_;
  std::vector<double> uniform_;
};

/// Everything that must hold of an augmentation: parts of the promised extents come out, each sample of its own
/// observation and numbers alone, so that any cut of a batch gives the same; what is read is not written to; the
/// planned memory is enough; the least and the greatest number do no harm.
template <class Augment, class Observation = odd_world::observation>
void augment_laws(const typename Augment::config& config = {}) {
  static_assert(check_augment<Augment, Observation>());
  constexpr std::size_t samples = 7;
  augment_trial<Augment, Observation> trial(config, samples);
  const auto whole = trial.run(0, samples);
  for (std::size_t b = 0; b < samples; ++b) DOCTEST_CHECK(trial.run(b, 1).front() == whole[b]);
  for (const double extreme : {0.0, 0.9999999999999999})
    DOCTEST_CHECK(trial.run(0, samples, &extreme).size() == samples);
}

}  // namespace iqnrl::testing
