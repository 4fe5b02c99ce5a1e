// expect-error: iqnrl\[head\]: bind needs `forward\(Pass&, h, tape<T>&\) const .*the gradient of h
#include <iqnrl/contract/head.hpp>

struct my_policy {
  using axis = iqnrl::axis::head;
  struct config {};
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  struct bind {
    explicit bind(const config&) {}
    template <class T>
    struct tape {};
    void declare(iqnrl::parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> forward(Pass& p, const iqnrl::view<const T, 2>& h, tape<T>&) const {
      return p.memory.template take<T, 2>({h.rows(), Quantiles * Slots * Actions});
    }
    template <class Pass, class T = typename Pass::value_type>
    void backward(Pass&, const tape<T>&, const iqnrl::view<T, 2>&) const {}
  };
};
static_assert(iqnrl::check_head<my_policy>());
