// expect-error: iqnrl\[backend\]: an override must take what backend::reference.s takes.*cosine
#include <iqnrl/contract/backend.hpp>

struct my_policy : iqnrl::backend::reference {
  void cosine(const iqnrl::view<const float, 1>&, std::size_t, const iqnrl::view<float, 2>&) const {}
};
static_assert(iqnrl::check_backend<my_policy>());
