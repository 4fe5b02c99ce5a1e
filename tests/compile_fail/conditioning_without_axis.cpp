// expect-error: iqnrl\[conditioning\]: the policy needs `using axis = iqnrl::axis::conditioning;`
#include <iqnrl/contract/conditioning.hpp>

struct my_policy {
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
    iqnrl::view<const T, 2> forward(Pass&, const iqnrl::view<const T, 2>& psi, const iqnrl::view<const T, 2>&,
                                    tape<T>&) const {
      return psi;
    }
    template <class Pass, class T = typename Pass::value_type>
    iqnrl::view<T, 2> backward(Pass&, const tape<T>&, const iqnrl::view<T, 2>& dh) const {
      return dh;
    }
  };
};
static_assert(iqnrl::check_conditioning<my_policy>());
