// expect-error: iqnrl\[replay\]: the sampler needs `void sample\(const iqnrl::sequence& random
#include <iqnrl/contract/replay.hpp>

struct my_policy {
  using axis = iqnrl::axis::replay;
  struct config {
    std::size_t capacity = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t) {}
    void remove(std::size_t) {}
    void sample(const iqnrl::sequence&, std::span<std::size_t>, std::span<float>) {}
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    std::size_t size() const { return 0; }
    template <class Visitor>
    void state(Visitor&) {}
  };
};
static_assert(iqnrl::check_replay<my_policy>());
