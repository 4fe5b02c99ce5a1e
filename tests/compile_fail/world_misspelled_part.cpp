// expect-error: iqnrl\[world\]: this observation has no part of that name
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::world_archetype::observation::value seen;
  seen.get<"sate">()[0] = 1;
}
