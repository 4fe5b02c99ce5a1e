// expect-error: iqnrl\[optimizer\]: the optimizer needs `double rate\(std::uint64_t environment_step\) const`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::optimizer;
  struct config {};
  config cfg;
  static constexpr std::array<std::string_view, 1> moments{"m"};
  double raet(std::uint64_t) const { return 1; }
  struct rule {
    template <class T>
    void operator()(T& p, T g, T&) const {
      p -= g;
    }
  };
  rule at(std::uint64_t, double) const { return {}; }
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
