// expect-error: iqnrl\[loss\]: the loss needs `double batch_scale\(std::size_t batch\) const`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::loss;
  struct config {};
  static constexpr bool batch_wide = false;
  explicit my_policy(const config&) {}
  double bacth_scale(std::size_t) const { return 1; }
  template <class T, class Weights>
  iqnrl::loss_value<T> operator()(const iqnrl::row<const T, 1>&, const iqnrl::row<const T, 1>&,
                                  const iqnrl::row<const T, 1>&, const Weights&, T, const iqnrl::row<T, 1>&) const {
    return {};
  }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
