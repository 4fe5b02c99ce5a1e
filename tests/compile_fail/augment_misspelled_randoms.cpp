// expect-error: iqnrl\[augment\]: the augmentation needs `template <class Observation> struct bind`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::augment;
  struct config {};

  template <class Observation>
  struct bind {
    using seen = Observation;
    static constexpr std::size_t random = 0;
    explicit bind(const config&) {}
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::observation_views<seen> operator()(Pass&, const iqnrl::observation_views<Observation>& x,
                                              const iqnrl::view<const T, 2>&) const {
      return x;
    }
  };
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
