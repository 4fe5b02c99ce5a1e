// expect-error: iqnrl: a batch-wide loss compares targets .* this target rule has `branches`
#include <iqnrl/agent.hpp>

struct fair_coin {
  template <class T, class Observation>
  T operator()(const Observation&, std::size_t) const {
    return T(0.5);
  }
};

struct normalised : iqnrl::loss::quantile_huber {
  using iqnrl::loss::quantile_huber::quantile_huber;
  static constexpr bool batch_wide = true;
  template <class T>
  T statistic(const iqnrl::row<const T, 1>&, const iqnrl::row<const T, 1>&) const {
    return T(1);
  }
  void reduce(std::span<const double>, std::span<double>) {}
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::target::expected<fair_coin>, normalised> agent{ctx};
}
