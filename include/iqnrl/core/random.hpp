// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2,
// 3", SC 2011). A number is a function of (seed, stream, step, index) and of nothing else, so any thread may draw any
// number in any order.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

namespace iqnrl {

/// One block of Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32U) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32U) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// What a stream of random numbers is for. Streams of different purposes never share a number.
enum class stream : std::uint32_t {
  initialise = 1,              ///< initial parameters; step = parameter tensor
  replay = 2,                  ///< which items are drawn; step = update
  explore = 3,                 ///< behaviour; step = act call
  act_fractions = 4,           ///< fractions drawn for acting; step = act call
  statistics = 5,              ///< resampling, for intervals
  act_noise = 6,               ///< noise of a network's layers while acting; step = act call
  noise = 0x80,                ///< + network: noise of its layers in an update; step = update
  augment = 0x90,              ///< + observation (current, next): augmentation; step = update
  fractions = 0x100,           ///< + index of the forward; step = update
  world = 0x10000,             ///< + index of the world; step = episode
  evaluation_world = 0x20000,  ///< the same for evaluation, so that its starts are never those of training
};

[[nodiscard]] constexpr stream operator+(stream s, std::size_t offset) {
  return static_cast<stream>(static_cast<std::uint32_t>(s) + static_cast<std::uint32_t>(offset));
}

/// A sequence of random numbers, addressed by index. Cheap to copy; holds no position.
struct sequence {
  std::uint64_t seed = 0;
  stream purpose{};
  std::uint64_t step = 0;

  /// Four consecutive words, those of indices 4 * block to 4 * block + 3.
  [[nodiscard]] constexpr std::array<std::uint32_t, 4> block(std::uint64_t block) const {
    return philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(step),
                       static_cast<std::uint32_t>(step >> 32U), static_cast<std::uint32_t>(purpose)},
                      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)});
  }

  /// The 32 random bits of an index below 2^34.
  [[nodiscard]] constexpr std::uint32_t bits(std::uint64_t index) const { return block(index / 4)[index % 4]; }
};

/// Maps 32 bits to [0, 1), exactly representable in `T`.
template <class T>
[[nodiscard]] constexpr T unit(std::uint32_t bits) {
  if constexpr (sizeof(T) == 4) {
    return static_cast<T>(bits >> 8U) * T(0x1p-24);
  } else {
    return static_cast<T>(bits) * T(0x1p-32);
  }
}

/// Uniform in [0, 1).
template <class T>
[[nodiscard]] constexpr T uniform(const sequence& s, std::uint64_t index) {
  return unit<T>(s.bits(index));
}

/// Standard normal (Box and Muller 1958), from the bits of indices 2 * index and 2 * index + 1.
template <class T>
[[nodiscard]] inline T normal(const sequence& s, std::uint64_t index) {
  const double u = (static_cast<double>(s.bits(2 * index)) + 0.5) * 0x1p-32;
  const double v = static_cast<double>(s.bits(2 * index + 1)) * 0x1p-32;
  return static_cast<T>(std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v));
}

/// A sequence with a position, for code that draws one number after the other (worlds, samplers).
class generator {
 public:
  generator() = default;
  explicit generator(const sequence& s) : sequence_(s) {}

  /// Uniform in [0, 1), 53 random bits.
  [[nodiscard]] double uniform() {
    const std::uint64_t high = next() >> 5U;
    const std::uint64_t low = next() >> 6U;
    return static_cast<double>((high << 26U) | low) * 0x1p-53;
  }

  /// Uniform in [low, high).
  [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * uniform(); }

  [[nodiscard]] double normal() {
    const double u = 1.0 - uniform();
    const double v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
  }

  /// Uniform in {0, …, count - 1}, without bias (Lemire 2019). `count` is at least 1.
  [[nodiscard]] std::uint32_t below(std::uint32_t count) {
    std::uint64_t product = std::uint64_t{next()} * count;
    if (static_cast<std::uint32_t>(product) < count) {
      const std::uint32_t threshold = (0U - count) % count;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{next()} * count;
    }
    return static_cast<std::uint32_t>(product >> 32U);
  }

  /// Saves and restores the position: see core/state.hpp.
  template <class Visitor>
  void state(Visitor& v) {
    auto purpose = static_cast<std::uint32_t>(sequence_.purpose);
    v("seed", sequence_.seed);
    v("purpose", purpose);
    v("step", sequence_.step);
    v("index", index_);
    sequence_.purpose = static_cast<stream>(purpose);
  }

 private:
  [[nodiscard]] std::uint32_t next() { return sequence_.bits(index_++); }

  sequence sequence_{};
  std::uint64_t index_ = 0;
};

}  // namespace iqnrl
