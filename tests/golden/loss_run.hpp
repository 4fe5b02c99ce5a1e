// The loss of a batch as the learner computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <golden/rules.hpp>
#include <iqnrl/agent/learner.hpp>

namespace golden {

/// What the learner's loss kernel says of a batch.
template <class T>
struct batch_loss {
  std::vector<T> loss;        ///< of each sample, weighted
  std::vector<T> absolute;    ///< sum over predictions of the mean absolute difference
  std::vector<T> difference;  ///< of the means of predictions and targets
  iqnrl::view<T, 2> taken;    ///< quantiles of the taken block
  iqnrl::view<T, 4> dz;

  [[nodiscard]] double total() const {
    double sum = 0;
    for (const T x : loss) sum += static_cast<double>(x);
    return sum;
  }
};

/// Runs it on quantiles [B, N, S, A]. Weights and factors are 1 where they are empty.
template <class Run, class Loss, class T = typename Run::value_type>
[[nodiscard]] batch_loss<T> loss_of(Run& r, const Loss& loss, double scale, const iqnrl::view<const T, 4>& z,
                                    const iqnrl::view<const T, 2>& tau,
                                    const iqnrl::view<const std::int32_t, 2>& action, const iqnrl::view<const T, 2>& y,
                                    std::vector<float> weight = {}, std::vector<double> factor = {}) {
  const std::size_t batch = z.rows();
  if (weight.empty()) weight.assign(batch, 1.0F);
  if (factor.empty()) factor.assign(batch, 1.0);
  const iqnrl::view<T, 2> taken = r.take(tau.shape());
  const iqnrl::view<T, 2> dtaken = r.take(tau.shape());
  const iqnrl::view<T, 4> dz = r.take(z.shape());
  const iqnrl::view<T, 2> statistics = r.take(iqnrl::extents<2>{batch, iqnrl::detail::loss_columns});
  r.dev().for_rows(batch, iqnrl::detail::loss_kernel<Loss, T>{loss, static_cast<T>(scale)}, z, tau, action, y,
                   iqnrl::view<const float, 1>(r.upload(weight, iqnrl::extents<1>{batch})),
                   iqnrl::view<const double, 1>(r.upload(factor, iqnrl::extents<1>{batch})), taken, dtaken, dz,
                   statistics);
  const auto host = r.download(statistics);
  batch_loss<T> out{{}, {}, {}, taken, dz};
  for (std::size_t b = 0; b < batch; ++b) {
    const T* s = host.data() + b * iqnrl::detail::loss_columns;
    out.loss.push_back(s[iqnrl::detail::loss_column]);
    out.absolute.push_back(s[iqnrl::detail::absolute_column]);
    out.difference.push_back(s[iqnrl::detail::difference_column]);
  }
  return out;
}

}  // namespace golden
