// expect-error: iqnrl\[target\]: the rule needs `void operator\(\)\(const transition<T, Observation>&
#include <iqnrl/contract/target.hpp>

struct my_policy {
  using axis = iqnrl::axis::target;
  struct config {};
  config cfg;
  using forwards = iqnrl::forwards<iqnrl::forward<iqnrl::net::target, iqnrl::at::next, iqnrl::fraction_use::target>>;
  template <class T, class Observation>
  void operator()(const iqnrl::transition<T, Observation>& s, const iqnrl::distribution<T>&,
                  const iqnrl::row<double, 1>& y) const {
    for (double& x : y) x = s.reward;
  }
};
static_assert(iqnrl::check_target<my_policy, iqnrl::observation<iqnrl::part<"state", float, 4>>>());
