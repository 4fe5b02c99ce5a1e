// What a world shows must be usable: finite numbers, and an allowed action in every slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <iqnrl/core/error.hpp>
#include <iqnrl/core/finite.hpp>
#include <iqnrl/core/observation.hpp>

namespace iqnrl {

/// Throws numeric_error for a NaN or an infinity in an observation, naming part, element and value, and shape_error
/// where a slot has no allowed action. `where` and `index` say whose observation it is: "world" 3.
template <class Observation>
void require_sound(const typename Observation::value& seen, std::string_view where, std::size_t index) {
  for_each_part<Observation>([&](auto i) {
    using part_type = typename Observation::template part_at<i>;
    const auto values = seen.template at<i>();
    if constexpr (std::is_floating_point_v<typename part_type::value_type>) {
      for (std::size_t k = 0; k < values.size(); ++k) {
        require<numeric_error>(is_finite(values[k]),
                               "element {} of part `{}` of {} {} is {}; a world must show finite numbers", k,
                               part_type::name, where, index, values[k]);
      }
    } else if constexpr (part_type::purpose == role::legal) {
      constexpr std::size_t actions = part_type::shape.back();
      for (std::size_t s = 0; s < part_type::size / actions; ++s) {
        bool any = false;
        for (std::size_t a = 0; a < actions; ++a) any = any || values[s * actions + a] != 0;
        require<shape_error>(any,
                             "slot {} of {} {} has no allowed action; a world must allow at least one in each slot", s,
                             where, index);
      }
    }
  });
}

}  // namespace iqnrl
