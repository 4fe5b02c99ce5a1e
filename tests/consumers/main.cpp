#include <array>
#include <cstddef>

#include <iqnrl/core/view.hpp>

int main() {
  std::array<float, 6> numbers{};
  const iqnrl::view<float, 2> matrix{numbers.data(), {2, 3}};
  return matrix.size() == numbers.size() ? 0 : 1;
}
