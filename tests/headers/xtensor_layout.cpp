// The xtensor backend with headers where xtensor has them since 0.26.
#include <iqnrl/backend/xtensor.hpp>

#if !defined(MOVED_xadapt) || !defined(MOVED_xmath) || !defined(MOVED_xnoalias) || !defined(MOVED_xbuilder)
#error "backend/xtensor.hpp took a header from where xtensor had it before 0.26"
#endif

int main() {
  float numbers[]{1, 2};
  const iqnrl::view<float, 1> v(numbers, {2});
  iqnrl::backend::xtensor().add<float>(v, v);
  return numbers[1] == 4 ? 0 : 1;
}
