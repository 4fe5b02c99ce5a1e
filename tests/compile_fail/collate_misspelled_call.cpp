// expect-error: iqnrl\[collate\]: the policy needs `template <class Window, class Sample> void operator\(\)
#include <iqnrl/agent.hpp>

struct my_policy {
  using axis = iqnrl::axis::collate;
  struct config {};
  explicit my_policy(const config&) {}
  std::size_t horizon() const { return 1; }
  template <class Window, class Sample>
  void call(const Window&, std::uint64_t, Sample&) const {}
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, my_policy> agent{ctx};
}
