// expect-error: iqnrl\[explore\]: the behaviour needs `using axis = iqnrl::axis::explore;`
#include <iqnrl/contract/explore.hpp>

struct my_policy {
  struct config {};
  config cfg;
  static std::size_t randoms(std::size_t, std::size_t) { return 0; }
  struct rule {
    template <class T>
    void operator()(const iqnrl::row<const T, 2>&, const iqnrl::row<const T, 1>&,
                    const iqnrl::row<std::int32_t, 1>& action) const {
      action[0] = 0;
    }
  };
  rule at(std::uint64_t) const { return {}; }
};
static_assert(iqnrl::check_explore<my_policy>());
