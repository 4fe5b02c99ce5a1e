// expect-error: iqnrl\[conditioning\]: bind needs `forward\(Pass&, psi, tau, tape<T>&\)
#include <iqnrl/contract/conditioning.hpp>

struct my_policy {
  using axis = iqnrl::axis::conditioning;
  struct config {};
  static constexpr bool per_fraction = false;
  template <std::size_t Features>
  struct bind {
    explicit bind(const config&) {}
    template <class T>
    struct tape {};
    void declare(iqnrl::parameter_table&) {}
    template <class Pass>
    void prepare(const Pass&) const {}
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<const T, 2> forward(Pass&, const iqnrl::view<const T, 2>& psi, tape<T>&) const {
      return psi;
    }
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> backward(Pass&, const tape<T>&, const iqnrl::view<T, 2>& dh) const {
      return dh;
    }
  };
};
static_assert(iqnrl::check_conditioning<my_policy>());
