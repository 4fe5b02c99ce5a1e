// expect-error: iqnrl\[optimizer\]: the optimizer needs `using axis = iqnrl::axis::optimizer;`
#include <iqnrl/contract/optimizer.hpp>

struct my_policy {
  struct config {};
  config cfg;
  static constexpr std::array<std::string_view, 0> moments{};
  double rate(std::uint64_t) const { return 1; }
  struct rule {
    template <class T>
    void operator()(T& p, T g) const {
      p -= g;
    }
  };
  rule at(std::uint64_t, double) const { return {}; }
};
static_assert(iqnrl::check_optimizer<my_policy>());
