// expect-error: iqnrl\[nn\]: a pool.s padding must be smaller than its window
// expect-error: slide.*1, 8, 8.*2, 2, 2, 2, 2, 2
#include <iqnrl/nn/pool.hpp>

iqnrl::nn::max_pool<iqnrl::image_shape{1, 8, 8}, iqnrl::window::square(2, 2, 2)> pool;
