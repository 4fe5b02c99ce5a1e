// expect-error: iqnrl\[backend\]: an override must take what backend::reference.s takes.*affine
#include <iqnrl/contract/backend.hpp>

struct my_policy : iqnrl::backend::reference {
  template <class T>
  void affine(const iqnrl::view<const T, 2>&, const iqnrl::view<const T, 2>&, const iqnrl::view<const T, 1>&,
              const iqnrl::view<const T, 1>&, const iqnrl::view<T, 2>&) const {}
};
static_assert(iqnrl::check_backend<my_policy>());
