// expect-error: iqnrl\[replay\]: the config needs `iqnrl::schedule capacity`
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::replay;
  struct config {
    std::size_t capactiy = 1;
  };
  class sampler {
   public:
    sampler(const config&, std::size_t) {}
    void ready(std::size_t) {}
    void remove(std::size_t) {}
    void sample(const iqnrl::sequence&, std::uint64_t, std::span<std::size_t>, std::span<float>) {}
    void update(std::span<const std::size_t>, std::span<const float>, std::span<const float>) {}
    std::size_t size() const { return 0; }
    template <class Visitor>
    void state(Visitor&) {}
  };
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
