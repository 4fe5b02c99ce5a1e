// expect-error: iqnrl\[collate\]: the policy needs `std::size_t horizon\(\) const`
#include <iqnrl/contract/collate.hpp>

struct my_policy {
  using axis = iqnrl::axis::collate;
  struct config {};
  explicit my_policy(const config&) {}
  std::size_t horizon() { return 1; }
  template <class Window, class Sample>
  void operator()(const Window&, std::uint64_t, Sample&) const {}
};
static_assert(iqnrl::check_collate<my_policy>());
