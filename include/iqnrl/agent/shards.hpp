// How a batch is cut into shards.
#pragma once

#include <algorithm>
#include <cstddef>

namespace iqnrl {

/// A batch cut into runs of consecutive samples, by a rule of the batch and the network alone, so that the sums over
/// shards have one order whatever the number of threads.
struct shard_plan {
  /// Each shard has a gradient of its own; more of them would cost memory for parallelism that few machines have.
  static constexpr std::size_t most = 16;
  /// Rows of a product below which cutting further costs more than it brings.
  static constexpr std::size_t rows = 128;

  std::size_t batch = 0;
  std::size_t each = 1;
  std::size_t count = 0;

  /// A plan for `samples` samples, each of which is `rows_each` rows of the network's products.
  [[nodiscard]] static constexpr shard_plan of(std::size_t samples, std::size_t rows_each) {
    const std::size_t at_least = (rows + rows_each - 1) / rows_each;
    const std::size_t each = std::max({std::size_t{1}, std::min(at_least, samples), (samples + most - 1) / most});
    return {samples, each, (samples + each - 1) / each};
  }

  [[nodiscard]] constexpr std::size_t first(std::size_t shard) const { return shard * each; }
  [[nodiscard]] constexpr std::size_t size(std::size_t shard) const { return std::min(each, batch - shard * each); }
};

}  // namespace iqnrl
