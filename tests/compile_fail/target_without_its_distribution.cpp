// expect-error: iqnrl\[target\]: the rule needs `void operator\(\)\(const transition<T, Observation>&.*one distribution
// a forward
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::target;
  struct config {};
  config cfg;
  using forwards = iqnrl::forwards<iqnrl::forward<iqnrl::net::target, iqnrl::at::next, iqnrl::fraction_use::target>>;
  template <class T, class Observation>
  void operator()(const iqnrl::transition<T, Observation>& s, const iqnrl::row<T, 1>& y) const {
    for (T& x : y) x = s.reward;
  }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
