// expect-error: iqnrl\[explore\]: the behaviour needs `static std::size_t randoms
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::explore;
  struct config {};
  config cfg;
  static std::size_t radnoms(std::size_t, std::size_t) { return 0; }
  struct rule {
    template <class T>
    void operator()(const iqnrl::row<const T, 2>&, const iqnrl::row<const T, 1>&,
                    const iqnrl::row<std::int32_t, 1>& action) const {
      action[0] = 0;
    }
  };
  rule at(std::uint64_t) const { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
