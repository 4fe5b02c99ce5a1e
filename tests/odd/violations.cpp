// The laws notice: a policy that breaks one fails it. Each case below must fail, for the one thing that is wrong.
#include <cstddef>
#include <cstdint>

#include <doctest/doctest.h>

#include <iqnrl/head/plain.hpp>
#include <iqnrl/nn/linear.hpp>
#include <iqnrl/quantile/fractions.hpp>
#include <iqnrl/replay/n_step.hpp>
#include <iqnrl/replay/uniform.hpp>
#include <iqnrl/target/maximum.hpp>
#include <iqnrl/target/quantile_huber.hpp>
#include <iqnrl/testing/backend_laws.hpp>
#include <iqnrl/testing/collate_laws.hpp>
#include <iqnrl/testing/explore_laws.hpp>
#include <iqnrl/testing/fractions_laws.hpp>
#include <iqnrl/testing/head_laws.hpp>
#include <iqnrl/testing/loss_laws.hpp>
#include <iqnrl/testing/optimizer_laws.hpp>
#include <iqnrl/testing/replay_laws.hpp>
#include <iqnrl/testing/sync_laws.hpp>
#include <iqnrl/testing/target_laws.hpp>
#include <iqnrl/testing/world_laws.hpp>
#include <support/frame_world.hpp>

namespace {

using namespace iqnrl;
using namespace iqnrl::testing;

/// What a head below does wrong.
enum class fault : std::uint8_t {
  forgets_prepare,
  keeps_memory,
  mixes_rows,
  sets_gradients,
  wrong_gradient,
  writes_beside
};

struct add_first_kernel {
  template <class T>
  void operator()(std::size_t, T& to, const T& from) const {
    to += from;
  }
};

template <fault What>
struct faulty_head {
  using axis = iqnrl::axis::head;
  struct config {};
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  class bind {
    using layer = nn::linear<Features, Quantiles * Slots * Actions>;

   public:
    template <class T>
    using tape = typename layer::template tape<T>;
    explicit bind(const config&) {}
    void declare(parameter_table& table) { table.scope("out", layer_); }
    template <class Pass>
    void prepare(const Pass& p) const {
      if (What != fault::forgets_prepare) layer_.prepare(p);
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> forward(Pass& p, const view<const T, 2>& h, tape<T>& kept) const {
      if (What == fault::keeps_memory && p.device.is_dry()) return layer_.forward(p, h, kept);
      if (What == fault::keeps_memory) (void)p.memory.template take<T, 1>({100});
      const view<T, 2> q = layer_.forward(p, h, kept);
      const view<T, 1> first = q.slice(0, 1).template reshape<1>({q.row_size()});
      const view<T, 1> last = q.slice(q.rows() - 1, 1).template reshape<1>({q.row_size()});
      if (What == fault::mixes_rows && q.rows() > 1) {
        p.device.for_rows(first.size(), add_first_kernel{}, first, view<const T, 1>(last));
      }
      return q;
    }
    template <class Pass, class T = typename Pass::value_type>
    view<T, 2> backward(Pass& p, const tape<T>& kept, const view<T, 2>& dq) const {
      if (What == fault::sets_gradients) p.device.fill(p.gradients, T(0));
      if (What == fault::writes_beside) p.device.fill(view<T, 1>(p.gradients.data() + p.gradients.size(), {1}), T(0));
      const view<T, 2> dh = layer_.backward(p, kept, dq);
      if (What == fault::wrong_gradient) p.device.copy(view<const T, 2>(kept.input), dh);
      return dh;
    }

   private:
    layer layer_;
  };
};

/// A noisy head that does not tell of its layers, so that nobody asks them for the gradients of their noise.
struct childless : head::plain_with<nn::noisy_dense> {
  template <std::size_t Features, std::size_t Quantiles, std::size_t Slots, std::size_t Actions>
  class bind : public head::plain_with<nn::noisy_dense>::template bind<Features, Quantiles, Slots, Actions> {
    using whole = head::plain_with<nn::noisy_dense>::template bind<Features, Quantiles, Slots, Actions>;

   public:
    using whole::whole;

   private:
    using whole::children;
  };
};

struct slow_cosine : backend::reference {
  template <class T>
  void cosine(const view<const T, 1>& tau, std::size_t first, const view<T, 2>& y) const {
    reference::cosine(tau, first, y);
    if (!y.empty()) y.data()[0] += T(1e-3);
  }
};

struct beyond_one : fractions::uniform {
  using fractions::uniform::uniform;
  template <class T>
  void operator()(std::size_t, const row<T, 1>& tau, const row<const T, 1>& u) const {
    for (std::size_t k = 0; k < tau.size(); ++k) tau[k] = T(1.1) * u[k];
  }
};

struct median_forgotten : loss::quantile_huber {
  using loss::quantile_huber::quantile_huber;
  template <class T, class Weights>
  loss_value<T> operator()(const row<const T, 1>& z, const row<const T, 1>& tau, const row<const T, 1>& y,
                           const Weights&, T scale, const row<T, 1>& dz) const {
    return quantile_huber::operator()(z, tau, y, equal_weights<T>{T(1) / static_cast<T>(y.size())}, scale, dz);
  }
};

struct greedy_for_next : target::max<> {
  template <class T, class Observation, class... D>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>&,
                  const row<T, 1>& y) const {
    for (std::size_t j = 0; j < y.size(); ++j) y[j] = s.reward + s.discount * next.z(j, 0, 0);
  }
};
struct never_ends : target::max<> {
  template <class T, class Observation>
  void operator()(const transition<T, Observation>& s, const distribution<T>& next, const distribution<T>&,
                  const row<T, 1>& y) const {
    for (std::size_t j = 0; j < y.size(); ++j) y[j] = s.reward + T(0.9) * next.z(j, 0, next.best(0));
  }
};

struct first_action : explore::greedy {
  struct rule {
    template <class T>
    void operator()(const row<const T, 2>&, const row<const T, 1>&, const row<std::int32_t, 1>& action) const {
      for (std::int32_t& a : action) a = 0;
    }
  };
  [[nodiscard]] rule at(std::uint64_t) const { return {}; }
};

struct uphill : optimizer::sgd {
  [[nodiscard]] rule at(std::uint64_t, double rate) const { return {-rate}; }
};

struct never {
  using axis = iqnrl::axis::sync;
  struct config {};
  config cfg;
  [[nodiscard]] double share(std::uint64_t) const { return 0; }
};

struct forgetful : replay::uniform {
  class sampler : public replay::uniform::sampler {
   public:
    using replay::uniform::sampler::sampler;
    void remove(std::size_t item) {
      if (item != 3) replay::uniform::sampler::remove(item);
    }
  };
};
struct unsaved : replay::uniform {
  class sampler : public replay::uniform::sampler {
   public:
    using replay::uniform::sampler::sampler;
    template <class Visitor>
    void state(Visitor&) {}
  };
};

struct bootstraps_always : collate::n_step {
  using collate::n_step::n_step;
  template <class Window, class Sample>
  void operator()(const Window& window, std::uint64_t clock, Sample& out) const {
    n_step::operator()(window, clock, out);
    out.discount = 0.99F;
  }
};
struct leaves_steps : collate::n_step {
  using collate::n_step::n_step;
  template <class Window, class Sample>
  void operator()(const Window& window, std::uint64_t clock, Sample& out) const {
    const auto before = out.steps;
    n_step::operator()(window, clock, out);
    out.steps = before;
  }
};

struct leftovers : plain_world {
  void observe(observation::value& out) const {
    const float last = out.at<0>()[2];
    plain_world::observe(out);
    out.at<0>()[2] = last;
  }
};
struct invents : frame_world {
  void observe(observation::value& out) const {
    frame_world::observe(out);
    out.at<0>()[0] = 9;
  }
};
struct remembers : plain_world {
  void reset(const generator& g) {
    plain_world::reset(g);
    for (int i = 0; i < episode_ % 2; ++i) (void)plain_world::step(2);
    ++episode_;
  }
  int episode_ = 0;
};

}  // namespace

TEST_SUITE_BEGIN("violations" * doctest::should_fail());

TEST_CASE("backend: one cosine is off") { backend_elements<slow_cosine, double>(); }
TEST_CASE("head: the noise gets no gradient") { head_laws<childless>(); }
TEST_CASE("head: packed weights are stale") { head_laws<faulty_head<fault::forgets_prepare>>(); }
TEST_CASE("head: more memory than planned") { head_laws<faulty_head<fault::keeps_memory>>(); }
TEST_CASE("head: a row reads another") { head_laws<faulty_head<fault::mixes_rows>>(); }
TEST_CASE("head: gradients are set and not added") { head_laws<faulty_head<fault::sets_gradients>>(); }
TEST_CASE("head: the gradient of the input is wrong") { head_laws<faulty_head<fault::wrong_gradient>>(); }
TEST_CASE("head: a gradient beside its own") { head_laws<faulty_head<fault::writes_beside>>(); }
TEST_CASE("fractions: above 1") { fractions_laws<beyond_one>(); }
TEST_CASE("loss: weights of targets are not read") { loss_laws<median_forgotten, double>(); }
TEST_CASE("target: an action that may not be allowed") { target_laws<greedy_for_next>({}, {.slots = false}); }
TEST_CASE("target: a terminal step is bootstrapped") { target_laws<never_ends>({}, {.slots = false, .masks = false}); }
TEST_CASE("explore: an action that is not allowed") { explore_laws<first_action>(); }
TEST_CASE("optimizer: the wrong way") { optimizer_laws<uphill>(); }
TEST_CASE("sync: a target network that never follows") { sync_laws<never>(); }
TEST_CASE("replay: an item that is gone is drawn") { replay_laws<forgetful>(); }
TEST_CASE("replay: a restored sampler draws other items") { replay_laws<unsaved>(); }
TEST_CASE("collate: a terminal step is bootstrapped") { collate_laws<bootstraps_always>(); }
TEST_CASE("collate: a number of the sample is not written") { collate_laws<leaves_steps>(); }
TEST_CASE("world: a part is not written") { world_laws<leftovers>(); }
TEST_CASE("world: a stack has a frame that was never shown") { world_laws<invents>(); }
TEST_CASE("world: an episode depends on the one before") { world_laws<remembers>(); }

TEST_SUITE_END();
