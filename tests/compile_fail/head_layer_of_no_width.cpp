// expect-error: iqnrl\[head\]: every hidden layer of plain<...> needs at least one output
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<iqnrl::world_archetype, iqnrl::head::plain<0>> agent{ctx};
}
