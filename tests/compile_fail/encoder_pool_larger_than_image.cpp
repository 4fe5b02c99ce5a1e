// expect-error: iqnrl\[nn\]: the window of a convolution or pool is larger than its image
// expect-error: check_window.*2, 3, 9.*6, 6
#include <iqnrl/nn/pool.hpp>

iqnrl::nn::max_pool<iqnrl::image_shape{2, 3, 9}, iqnrl::window::square(6, 2, 1)> pool;
