// expect-error: iqnrl\[loss\]: the loss needs `loss_value<T> operator\(\)
#include <iqnrl/contract/loss.hpp>

struct my_policy {
  using axis = iqnrl::axis::loss;
  struct config {};
  config cfg;
  static constexpr bool batch_wide = false;
  double batch_scale(std::size_t) const { return 1; }
  template <class T, class Weights>
  T operator()(const iqnrl::row<const T, 1>&, const iqnrl::row<const T, 1>&, const iqnrl::row<const T, 1>&,
               const Weights&, T, const iqnrl::row<T, 1>&) const {
    return {};
  }
};
static_assert(iqnrl::check_loss<my_policy>());
