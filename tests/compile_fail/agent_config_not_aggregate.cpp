// expect-error: iqnrl: a template argument of agent<...> is not a policy: .*an aggregate `struct config`
#include <iqnrl/agent.hpp>

struct reward_only : iqnrl::target::archetype {
  struct config {
    explicit config(double x) : scale(x) {}
    double scale;
  };
};

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, reward_only> agent{ctx};
}
