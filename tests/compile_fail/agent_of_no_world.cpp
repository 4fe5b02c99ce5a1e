// expect-error: iqnrl\[world\]: the world needs `using observation
#include <iqnrl/agent.hpp>

int main() {
  iqnrl::context ctx;
  iqnrl::agent<int> agent{ctx};
}
