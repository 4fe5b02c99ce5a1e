// expect-error: iqnrl\[augment\]: bind needs `operator\(\)\(Pass&, const observation_views<Observation>&
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::augment;
  struct config {};

  template <class Observation>
  struct bind {
    using seen = Observation;
    static constexpr std::size_t randoms = 0;
    explicit bind(const config&) {}
    template <class Pass>
    iqnrl::observation_views<seen> operator()(Pass&, const iqnrl::observation_views<Observation>& x) const {
      return x;
    }
  };
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
