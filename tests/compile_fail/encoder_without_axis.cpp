// expect-error: iqnrl\[encoder\]: the encoder needs `using axis = iqnrl::axis::encoder;`
#include <iqnrl/contract/encoder.hpp>

struct my_policy {
  struct config {};
  template <class Observation>
  struct bind {
    static constexpr std::size_t features = 1;
    explicit bind(const config&) {}
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
static_assert(iqnrl::check_encoder<my_policy, iqnrl::observation<iqnrl::part<"state", float, 4>>>());
