// Agents in words: the presets' layers, shapes, parameters and numbers, line by line as they were published (BTR: Clark
// et al. 2025, appendix D; rulka's by its own configuration files).
#include <cstddef>
#include <string>

#include <doctest/doctest.h>

#include <iqnrl/agent.hpp>

namespace {

using namespace iqnrl;

/// Atari: four frames of 84 x 84, 18 actions.
struct screen {
  using observation = iqnrl::observation<frame_stack<4, image<1, 84, 84>>>;
  static constexpr std::size_t actions = 18;
  void reset(const generator& /*start*/) {}
  void observe(observation::value& /*out*/) const {}
  [[nodiscard]] outcome step(int /*action*/) { return {}; }
};

/// A car's view and 264 numbers, 12 actions.
struct drive {
  using observation = iqnrl::observation<image<1, 64, 64, pixels::centred>, floats<264>>;
  static constexpr std::size_t actions = 12;
  void reset(const generator& /*start*/) {}
  void observe(observation::value& /*out*/) const {}
  [[nodiscard]] outcome step(int /*action*/) { return {}; }
};

template <class Preset>
std::string described() {
  const auto numbers = Preset::config();
  return describe(typename Preset::agent::network_type(numbers).table(), numbers);
}

}  // namespace

TEST_CASE("BTR in words") {
  CHECK(described<presets::btr<screen>>() ==
        R"(layer                      parameters  gives         what it does
encoder.stage0.stem             1,184  32 x 84 x 84  convolution 3x3 + 1
encoder.stage0.pool                    32 x 42 x 42  max pool 3x3 / 2 + 1
encoder.stage0.res0.conv0       9,248  32 x 42 x 42  convolution 3x3 + 1, spectral norm, relu
encoder.stage0.res0.conv1       9,248  32 x 42 x 42  convolution 3x3 + 1, spectral norm
encoder.stage0.res1.conv0       9,248  32 x 42 x 42  convolution 3x3 + 1, spectral norm, relu
encoder.stage0.res1.conv1       9,248  32 x 42 x 42  convolution 3x3 + 1, spectral norm
encoder.stage1.stem            18,496  64 x 42 x 42  convolution 3x3 + 1
encoder.stage1.pool                    64 x 21 x 21  max pool 3x3 / 2 + 1
encoder.stage1.res0.conv0      36,928  64 x 21 x 21  convolution 3x3 + 1, spectral norm, relu
encoder.stage1.res0.conv1      36,928  64 x 21 x 21  convolution 3x3 + 1, spectral norm
encoder.stage1.res1.conv0      36,928  64 x 21 x 21  convolution 3x3 + 1, spectral norm, relu
encoder.stage1.res1.conv1      36,928  64 x 21 x 21  convolution 3x3 + 1, spectral norm
encoder.stage2.stem            36,928  64 x 21 x 21  convolution 3x3 + 1
encoder.stage2.pool                    64 x 11 x 11  max pool 3x3 / 2 + 1
encoder.stage2.res0.conv0      36,928  64 x 11 x 11  convolution 3x3 + 1, spectral norm, relu
encoder.stage2.res0.conv1      36,928  64 x 11 x 11  convolution 3x3 + 1, spectral norm
encoder.stage2.res1.conv0      36,928  64 x 11 x 11  convolution 3x3 + 1, spectral norm, relu
encoder.stage2.res1.conv1      36,928  64 x 11 x 11  convolution 3x3 + 1, spectral norm
encoder.relu                                         relu
encoder.pool                           64 x 6 x 6    max pool, 6x6 bins
conditioning                           64            64 cosines from 0
conditioning.fc               149,760  2304          linear 64 -> 2304, relu
head.value.fc0              1,180,160  512           linear 2304 -> 512, noisy, relu
head.value.out                    513  1             linear 512 -> 1, noisy
head.advantage.fc0          1,180,160  512           linear 2304 -> 512, noisy, relu
head.advantage.out              9,234  18            linear 512 -> 18, noisy
2,908,851 parameters, and 2,370,067 scales of noise

fractions.online             8
fractions.target             8
fractions.select             8
fractions.act                8
head.scale                   0.5
target.temperature           0.03
target.alpha                 0.9
target.low                   -1
loss.kappa                   1
loss.divide_by_kappa         yes
loss.online                  sum
loss.batch                   mean
optimizer.rate               0.0001
optimizer.beta1              0.9
optimizer.beta2              0.999
optimizer.epsilon            1.953125e-05
optimizer.weight_decay       0
sync.every                   500
replay.capacity              1048576
replay.alpha                 0.2
replay.beta                  linear(0: 0.4, 50000000: 1)
replay.epsilon               1e-06
replay.form                  sum_mean_abs
replay.fresh                 maximum
replay.normalise             yes
collate.steps                3
collate.discount             0.997
explore.epsilon              approach(from 1 to 0.01, time constant 2000000)
explore.epsilon_ends         25000000
batch                        256
learning_starts              200000
worlds                       64
clip_norm                    10
clip_value                   inf
)");
}

TEST_CASE("rulka's IQN in words") {
  CHECK(described<presets::rulka_iqn<drive>>() ==
        R"(layer                parameters  gives         what it does
encoder.image.conv0         272  16 x 31 x 31  convolution 4x4 / 2, leaky_relu
encoder.image.conv1       8,224  32 x 14 x 14  convolution 4x4 / 2, leaky_relu
encoder.image.conv2      18,496  64 x 6 x 6    convolution 3x3 / 2, leaky_relu
encoder.image.conv3      18,464  32 x 4 x 4    convolution 3x3, leaky_relu
encoder.floats.fc0       67,840  256           linear 264 -> 256, leaky_relu
encoder.floats.fc1       65,792  256           linear 256 -> 256, leaky_relu
conditioning                     128           128 cosines from 1
conditioning.fc          99,072  768           linear 128 -> 768, leaky_relu
head.value.fc0          393,728  512           linear 768 -> 512, leaky_relu
head.value.out              513  1             linear 512 -> 1
head.advantage.fc0      393,728  512           linear 768 -> 512, leaky_relu
head.advantage.out        6,156  12            linear 512 -> 12
1,072,285 parameters

fractions.online             8
fractions.target             8
fractions.select             8
fractions.act                32
loss.kappa                   0.005
loss.divide_by_kappa         yes
loss.online                  sum
loss.batch                   sum
loss.decay                   0.99
loss.first_mean              0.01
optimizer.rate               geometric(0: 0.001, 3000000: 5e-05, 12000000: 5e-05, 15000000: 1e-05)
optimizer.beta1              0.9
optimizer.beta2              0.999
optimizer.epsilon            0.0001
optimizer.weight_decay       0
optimizer.decoupled_decay    0.1
sync.rate                    0.02
sync.every                   1
replay.capacity              steps(0: 50000, 5000000: 100000, 7000000: 200000)
collate.steps                3
collate.discount             linear(0: 0.999, 1500000: 0.999, 2500000: 1)
explore.epsilon              geometric(0: 1, 50000: 1, 300000: 0.1, 3000000: 0.03)
explore.noisy                geometric(0: 0.15, 10000000: 0.03)
explore.scale                0.01
batch                        4096
learning_starts              steps(0: 20000, 5000000: 75000, 7000000: 150000)
worlds                       1
clip_norm                    30
clip_value                   1000
)");
}

TEST_CASE("rulka's BTR in words: 2,004,813 + 1,314,316 = 3,319,129") {
  CHECK(described<presets::rulka_btr<drive>>() ==
        R"(layer                            parameters  gives         what it does
encoder.image.stage0.stem               320  32 x 64 x 64  convolution 3x3 + 1, spectral norm
encoder.image.stage0.pool                    32 x 32 x 32  max pool 3x3 / 2 + 1
encoder.image.stage0.res0.conv0       9,248  32 x 32 x 32  convolution 3x3 + 1, spectral norm, relu
encoder.image.stage0.res0.conv1       9,248  32 x 32 x 32  convolution 3x3 + 1, spectral norm
encoder.image.stage0.res1.conv0       9,248  32 x 32 x 32  convolution 3x3 + 1, spectral norm, relu
encoder.image.stage0.res1.conv1       9,248  32 x 32 x 32  convolution 3x3 + 1, spectral norm
encoder.image.stage1.stem            18,496  64 x 32 x 32  convolution 3x3 + 1, spectral norm
encoder.image.stage1.pool                    64 x 16 x 16  max pool 3x3 / 2 + 1
encoder.image.stage1.res0.conv0      36,928  64 x 16 x 16  convolution 3x3 + 1, spectral norm, relu
encoder.image.stage1.res0.conv1      36,928  64 x 16 x 16  convolution 3x3 + 1, spectral norm
encoder.image.stage1.res1.conv0      36,928  64 x 16 x 16  convolution 3x3 + 1, spectral norm, relu
encoder.image.stage1.res1.conv1      36,928  64 x 16 x 16  convolution 3x3 + 1, spectral norm
encoder.image.stage2.stem            36,928  64 x 16 x 16  convolution 3x3 + 1, spectral norm
encoder.image.stage2.pool                    64 x 8 x 8    max pool 3x3 / 2 + 1
encoder.image.stage2.res0.conv0      36,928  64 x 8 x 8    convolution 3x3 + 1, spectral norm, relu
encoder.image.stage2.res0.conv1      36,928  64 x 8 x 8    convolution 3x3 + 1, spectral norm
encoder.image.stage2.res1.conv0      36,928  64 x 8 x 8    convolution 3x3 + 1, spectral norm, relu
encoder.image.stage2.res1.conv1      36,928  64 x 8 x 8    convolution 3x3 + 1, spectral norm
encoder.image.relu                                         relu
encoder.image.pool                           64 x 6 x 6    max pool, 6x6 bins
encoder.floats.fc0                   67,840  256           linear 264 -> 256
encoder.floats.fc0.norm                 512  256           layer norm, leaky_relu
encoder.floats.fc1                   65,792  256           linear 256 -> 256
encoder.floats.fc1.norm                 512  256           layer norm, leaky_relu
conditioning                                 64            64 cosines from 1
conditioning.fc                     166,400  2560          linear 64 -> 2560, leaky_relu
head.value.fc0                      655,616  256           linear 2560 -> 256, noisy
head.value.fc0.norm                     512  256           layer norm, leaky_relu
head.value.out                          257  1             linear 256 -> 1
head.advantage.fc0                  655,616  256           linear 2560 -> 256, noisy
head.advantage.fc0.norm                 512  256           layer norm, leaky_relu
head.advantage.out                    3,084  12            linear 256 -> 12, noisy
2,004,813 parameters, and 1,314,316 scales of noise

fractions.online             8
fractions.target             8
fractions.select             8
fractions.act                32
head.scale                   0.5
target.temperature           0.03
target.alpha                 0.9
target.low                   -1
loss.kappa                   0.005
loss.divide_by_kappa         yes
loss.online                  sum
loss.batch                   sum
loss.decay                   0.99
loss.first_mean              0.01
optimizer.rate               0.0001
optimizer.beta1              0.9
optimizer.beta2              0.999
optimizer.epsilon            0.0001
optimizer.weight_decay       0
optimizer.decoupled_decay    0
sync.rate                    0.02
sync.every                   1
replay.capacity              steps(0: 65536, 500000: 1048576)
collate.steps                3
collate.discount             0.997
explore.epsilon              0
explore.epsilon_ends         18446744073709551615
batch                        4096
learning_starts              steps(0: 32768, 500000: 262144)
worlds                       1
clip_norm                    10
clip_value                   1000
)");
}

TEST_CASE("an agent in words is its network's layers and its numbers") {
  context ctx{.threads = 1};
  const agent<drive, encoder::fuse<encoder::cnn, encoder::mlp<8>>, head::plain<>> a(ctx, {.replay = {.capacity = 50}});
  CHECK(a.describe() == describe(a.learning().structure().table(), a.numbers()));
}
