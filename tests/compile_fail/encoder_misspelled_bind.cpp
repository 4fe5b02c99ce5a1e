// expect-error: iqnrl\[encoder\]: the encoder needs `template <class Observation> struct bind`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::encoder;
  struct config {};
  template <class Observation>
  struct bnid {
    static constexpr std::size_t features = 1;
    explicit bnid(const config&) {}
    template <class T>
    struct tape {};
    void declare(iqnrl::parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> forward(Pass& p, const iqnrl::observation_views<Observation>& x, tape<T>&) const {
      return p.memory.template take<T, 2>({std::get<0>(x).rows(), features});
    }
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass&, const tape<T>&, const iqnrl::view<T, 2>&) const {}
  };
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
