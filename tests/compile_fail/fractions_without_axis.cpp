// expect-error: iqnrl\[fractions\]: the policy needs `using axis = iqnrl::axis::fractions;`
#include <iqnrl/contract/fractions.hpp>

struct my_policy {
  struct config {};
  static constexpr std::size_t fixed = 1;
  explicit my_policy(const config&) {}
  std::size_t count(iqnrl::fraction_use) const { return 1; }
  std::size_t randoms(std::size_t) const { return 0; }
  template <class T>
  void operator()(std::size_t, const iqnrl::row<T, 1>& tau, const iqnrl::row<const T, 1>&) const {
    tau[0] = T(0.5);
  }
};
static_assert(iqnrl::check_fractions<my_policy>());
