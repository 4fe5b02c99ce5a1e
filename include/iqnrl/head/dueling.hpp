// The dueling head: a value and advantages.
#pragma once

#include <cstddef>

#include <iqnrl/contract/head.hpp>
#include <iqnrl/head/plain.hpp>

namespace iqnrl::head {

/// q = v + a - mean_a a over the actions of each slot, in place on a row of advantages [Quantiles Slots Actions]; one
/// value a quantile, shared by the slots.
template <std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
struct dueling_combine {
  template <class T>
  void operator()(std::size_t, const row<T, 1>& q, const row<const T, 1>& v) const {
    for (std::size_t i = 0; i < Quantiles; ++i) {
      for (std::size_t s = 0; s < Slots; ++s) {
        T* a = q.data() + (i * Slots + s) * Actions;
        T mean = 0;
        for (std::size_t k = 0; k < Actions; ++k) mean += a[k];
        mean /= static_cast<T>(Actions);
        for (std::size_t k = 0; k < Actions; ++k) a[k] += v[i] - mean;
      }
    }
  }
};

/// The gradients of `dueling_combine`: dv = sum dq, da = dq - mean_a dq, in place on dq.
template <std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
struct dueling_split {
  template <class T>
  void operator()(std::size_t, const row<T, 1>& dq, const row<T, 1>& dv) const {
    for (std::size_t i = 0; i < Quantiles; ++i) {
      T total = 0;
      for (std::size_t s = 0; s < Slots; ++s) {
        T* d = dq.data() + (i * Slots + s) * Actions;
        T sum = 0;
        for (std::size_t k = 0; k < Actions; ++k) sum += d[k];
        total += sum;
        for (std::size_t k = 0; k < Actions; ++k) d[k] -= sum / static_cast<T>(Actions);
      }
      dv[i] = total;
    }
  }
};

/// The dueling head (Wang et al. 2016), for each quantile: q = v + a - mean_a a, with hidden layers of its own for v
/// and a. The layers of each branch are of one kind: an activation, or nn::dense (noisy, normalised); config is that of
/// their weights, which both kinds share. With S slots of actions there is one value for all of them. Parameters:
/// `value.fc0.…`, `value.out.weight` [Quantiles, width], `advantage.fc0.…`, `advantage.out.weight` [Quantiles Slots
/// Actions, width] and biases.
template <class ValueKind, class AdvantageKind, std::size_t... Hidden>
struct dueling_of {
  static_assert(sizeof...(Hidden) <= 8, "iqnrl[head]: dueling<...> has at most 8 hidden layers");
  static_assert(((Hidden > 0) && ...), "iqnrl[head]: every hidden layer of dueling<...> needs at least one output");
  using axis = iqnrl::axis::head;
  using config = typename plain_with<AdvantageKind, Hidden...>::config;

  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  class bind {
    using value_branch = typename plain_with<ValueKind, Hidden...>::template bind<Features, Quantiles, 1, 1>;
    using advantage_branch =
        typename plain_with<AdvantageKind, Hidden...>::template bind<Features, Quantiles, Slots, Actions>;

   public:
    template <class T>
    struct tape {
      typename value_branch::template tape<T> value;
      typename advantage_branch::template tape<T> advantage;
    };

    explicit bind(const config& c) : value_(c), advantage_(c) {}

    void declare(parameter_table& table) {
      table.scope("value", value_);
      table.scope("advantage", advantage_);
    }

    template <class Pass>
    void prepare(const Pass& p) const {
      value_.prepare(p);
      advantage_.prepare(p);
    }

    /// See pass.hpp.
    template <class F>
    void children(const F& f) const {
      f(value_);
      f(advantage_);
    }

    /// h [R, Features] -> q [R, Quantiles Slots Actions].
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const view<const T, 2>& h, tape<T>& kept) const {
      const view<T, 2> v = value_.forward(p, h, kept.value);
      const view<T, 2> q = advantage_.forward(p, h, kept.advantage);
      p.device.for_rows(q.rows(), dueling_combine<Quantiles, Slots, Actions>{}, q, view<const T, 2>(v));
      return q;
    }

    /// The advantages alone, which is `forward` but for what all actions have in common.
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> rank(Pass& p, const view<const T, 2>& h, tape<T>& kept) const {
      return advantage_.forward(p, h, kept.advantage);
    }

    /// Adds the parameter gradients; `dq` is overwritten. Returns dh [R, Features].
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dq) const {
      const view<T, 2> dv = p.memory.template take<T, 2>({dq.rows(), Quantiles});
      p.device.for_rows(dq.rows(), dueling_split<Quantiles, Slots, Actions>{}, dq, dv);
      const view<T, 2> dh = advantage_.backward(p, kept.advantage, dq);
      const view<T, 2> from_value = value_.backward(p, kept.value, dv);
      p.device.add(view<const T, 1>(from_value.template reshape<1>({from_value.size()})),
                   dh.template reshape<1>({dh.size()}));
      return dh;
    }

   private:
    value_branch value_;
    advantage_branch advantage_;
  };
};

/// A dueling head with both branches of one kind.
template <class KindOrActivation, std::size_t... Hidden>
using dueling_with = dueling_of<KindOrActivation, KindOrActivation, Hidden...>;

/// A dueling head with hidden layers of these widths in each branch and ReLU.
template <std::size_t... Hidden>
using dueling = dueling_with<activation::relu, Hidden...>;

}  // namespace iqnrl::head
