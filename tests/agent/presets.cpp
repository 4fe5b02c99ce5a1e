// Which policy stands in which slot, and the numbers that presets are published with.
#include <concepts>
#include <cstddef>
#include <limits>

#include <doctest/doctest.h>

#include <iqnrl/agent.hpp>
#include <iqnrl/testing/worlds.hpp>

namespace {

using namespace iqnrl;
using world_type = testing::plain_world;

template <class Agent>
using slots = typename Agent::slots;

// An agent of a world alone is an IQN on fully connected layers.
using bare = slots<agent<world_type>>;
static_assert(std::same_as<bare::backend_policy, backend::native>);
static_assert(std::same_as<bare::numeric_policy, numeric::float32>);
static_assert(std::same_as<bare::encoder_policy, encoder::mlp<64, 64>>);
static_assert(std::same_as<bare::fractions_policy, fractions::uniform>);
static_assert(std::same_as<bare::conditioning_policy, conditioning::cosine<64>>);
static_assert(std::same_as<bare::head_policy, head::plain<64>>);
static_assert(std::same_as<bare::target_policy, target::max<target::draws::separate>>);
static_assert(std::same_as<bare::loss_policy, loss::quantile_huber>);
static_assert(std::same_as<bare::optimizer_policy, optimizer::adam>);
static_assert(std::same_as<bare::sync_policy, sync::hard>);
static_assert(std::same_as<bare::replay_policy, replay::uniform>);
static_assert(std::same_as<bare::collate_policy, collate::n_step>);
static_assert(std::same_as<bare::explore_policy, explore::epsilon_greedy>);

template <class A, class B>
concept same_slots = std::same_as<typename A::backend_policy, typename B::backend_policy> &&
    std::same_as<typename A::numeric_policy, typename B::numeric_policy> &&
    std::same_as<typename A::encoder_policy, typename B::encoder_policy> &&
    std::same_as<typename A::fractions_policy, typename B::fractions_policy> &&
    std::same_as<typename A::conditioning_policy, typename B::conditioning_policy> &&
    std::same_as<typename A::head_policy, typename B::head_policy> &&
    std::same_as<typename A::target_policy, typename B::target_policy> &&
    std::same_as<typename A::loss_policy, typename B::loss_policy> &&
    std::same_as<typename A::optimizer_policy, typename B::optimizer_policy> &&
    std::same_as<typename A::sync_policy, typename B::sync_policy> &&
    std::same_as<typename A::replay_policy, typename B::replay_policy> &&
    std::same_as<typename A::collate_policy, typename B::collate_policy> &&
    std::same_as<typename A::explore_policy, typename B::explore_policy>;

// The order of the policies does not matter.
using one_way = slots<agent<world_type, target::munchausen, replay::prioritized, head::dueling<32>, sync::polyak>>;
using other_way = slots<agent<world_type, sync::polyak, head::dueling<32>, replay::prioritized, target::munchausen>>;
static_assert(same_slots<one_way, other_way>);
static_assert(!same_slots<one_way, bare>);
static_assert(std::same_as<one_way::target_policy, target::munchausen>);
static_assert(std::same_as<one_way::replay_policy, replay::prioritized>);
static_assert(std::same_as<one_way::head_policy, head::dueling<32>>);
static_assert(std::same_as<one_way::sync_policy, sync::polyak>);
static_assert(std::same_as<one_way::encoder_policy, bare::encoder_policy>);

// A fixed grid of fractions needs no conditioning; a conditioning that is given stands.
using gridded = slots<agent<world_type, fractions::midpoints<5>>>;
static_assert(std::same_as<gridded::conditioning_policy, conditioning::none>);
static_assert(gridded::quantiles_per_row == 5);
static_assert(bare::quantiles_per_row == 1);
using conditioned_grid = slots<agent<world_type, fractions::midpoints<5>, conditioning::cosine<16>>>;
static_assert(std::same_as<conditioned_grid::conditioning_policy, conditioning::cosine<16>>);
static_assert(conditioned_grid::quantiles_per_row == 1);

// A preset differs from the bare agent on the axes of its paper only.
using iqn = slots<presets::iqn<world_type>::agent>;
using munchausen_iqn = slots<presets::munchausen_iqn<world_type>::agent>;
using qr_dqn = slots<presets::qr_dqn<world_type>::agent>;
static_assert(same_slots<iqn, bare>);
static_assert(same_slots<munchausen_iqn, slots<agent<world_type, target::munchausen>>>);
static_assert(same_slots<qr_dqn, slots<agent<world_type, fractions::midpoints<200>, conditioning::none,
                                             target::max<target::draws::shared>>>>);
static_assert(qr_dqn::quantiles_per_row == 200);

// An override takes the place of the preset's policy on its axis and of no other.
static_assert(
    std::same_as<slots<presets::iqn<world_type, target::double_dqn>::agent>::target_policy, target::double_dqn>);
static_assert(same_slots<slots<presets::munchausen_iqn<world_type, target::max<>>::agent>, bare>);
static_assert(same_slots<slots<presets::munchausen_iqn<world_type, replay::prioritized, backend::reference>::agent>,
                         slots<agent<world_type, target::munchausen, replay::prioritized, backend::reference>>>);
using small_grid = slots<presets::qr_dqn<world_type, fractions::midpoints<32>>::agent>;
static_assert(small_grid::quantiles_per_row == 32);
static_assert(std::same_as<small_grid::target_policy, qr_dqn::target_policy>);

/// A world of Atari's size.
struct screen {
  using observation = iqnrl::observation<image<4, 84, 84>>;
  static constexpr std::size_t actions = 18;
  void reset(const generator& /*start*/) {}
  void observe(observation::value& /*out*/) const {}
  outcome step(int /*action*/) { return {}; }
};
using btr = slots<presets::btr<screen>::agent>;
static_assert(std::same_as<btr::head_policy, head::dueling_with<nn::noisy_dense, 512>>);
static_assert(std::same_as<btr::replay_policy, replay::prioritized>);
static_assert(std::same_as<btr::explore_policy, explore::noisy>);
static_assert(std::same_as<btr::conditioning_policy, conditioning::cosine<64>>);
static_assert(std::same_as<slots<presets::btr<screen, encoder::nature<>>::agent>::encoder_policy, encoder::nature<>>);

/// What IQN, Munchausen-IQN and QR-DQN share on Atari.
template <class Config>
void check_common(const Config& c) {
  CHECK(c.batch == 32);
  CHECK(c.worlds == 1);
  CHECK(c.learning_starts == 20'000);
  CHECK(c.clip_norm == std::numeric_limits<double>::infinity());
  CHECK(c.clip_value == std::numeric_limits<double>::infinity());
  CHECK(c.optimizer.rate(0) == 5e-5);
  CHECK(c.optimizer.rate(50'000'000) == 5e-5);
  CHECK(c.optimizer.epsilon == 3.125e-4);  // 0.01 / 32
  CHECK(c.optimizer.beta1 == 0.9);
  CHECK(c.optimizer.beta2 == 0.999);
  CHECK(c.optimizer.weight_decay == 0);
  CHECK(c.sync.every == 2'500);
  CHECK(c.replay.capacity == 1'000'000);
  CHECK(c.collate.steps == 1);
  CHECK(c.collate.discount(0) == doctest::Approx(0.99).epsilon(1e-7));
  CHECK(c.loss.kappa == 1);
  CHECK(c.loss.online == loss::reduction::sum);
  CHECK(c.loss.batch == loss::reduction::mean);
  CHECK(c.explore.epsilon(0) == 1);
  CHECK(c.explore.epsilon(250'000) == doctest::Approx(0.01));
  CHECK(c.explore.epsilon(50'000'000) == 0.01);
}

}  // namespace

TEST_CASE("the presets have the numbers of their papers") {
  SUBCASE("IQN") {
    const auto c = presets::iqn<world_type>::config();
    check_common(c);
    CHECK(c.fractions.online == 64);
    CHECK(c.fractions.target == 64);
    CHECK(c.fractions.select == 32);
    CHECK(c.fractions.act == 32);
  }
  SUBCASE("Munchausen-IQN") {
    const auto c = presets::munchausen_iqn<world_type>::config();
    check_common(c);
    CHECK(c.fractions.online == 64);
    CHECK(c.fractions.target == 64);
    CHECK(c.target.temperature == 0.03);
    CHECK(c.target.alpha == 0.9);
    CHECK(c.target.low == -1);
  }
  SUBCASE("BTR") {
    const auto c = presets::btr<screen>::config();
    CHECK(c.batch == 256);
    CHECK(c.worlds == 64);
    CHECK(c.learning_starts == 200'000);
    CHECK(c.clip_norm == 10);
    CHECK(c.fractions.online == 8);
    CHECK(c.fractions.target == 8);
    CHECK(c.fractions.act == 8);
    CHECK(c.head.scale == 0.5);
    CHECK(c.target.temperature == 0.03);
    CHECK(c.target.alpha == 0.9);
    CHECK(c.target.low == -1);
    CHECK(c.loss.kappa == 1);
    CHECK(c.optimizer.rate(0) == 1e-4);
    CHECK(c.optimizer.epsilon == doctest::Approx(1.953125e-5).epsilon(1e-12));
    CHECK(c.sync.every == 500);
    CHECK(c.replay.capacity == 1'048'576);
    CHECK(c.replay.alpha == 0.2);
    CHECK(c.replay.beta(0) == 0.4);
    CHECK(c.replay.beta(50'000'000) == 1);
    CHECK(c.replay.form == replay::priority_form::sum_mean_abs);
    CHECK(c.collate.steps == 3);
    CHECK(c.collate.discount(0) == doctest::Approx(0.997).epsilon(1e-6));
    CHECK(c.explore.epsilon(2'000'000) == doctest::Approx(0.374).epsilon(1e-3));
    CHECK(c.explore.epsilon_ends == 25'000'000);

    const network<screen, btr::encoder_policy, btr::head_policy, backend::reference> net({});
    std::size_t counted = 0;
    for (const auto& t : net.table().parameters()) counted += t.name.ends_with("_sigma") ? 0 : t.size;
    CHECK(counted == 2'908'851);
  }
  SUBCASE("QR-DQN") { check_common(presets::qr_dqn<world_type>::config()); }
}

TEST_CASE("a preset's numbers for its own policy do not become those of an override") {
  CHECK(presets::iqn<world_type, sync::polyak>::config().sync.every == 1);
  CHECK(presets::iqn<world_type, sync::polyak>::config().sync.rate == 0.005);
  const auto c = presets::iqn<world_type, replay::prioritized>::config();
  CHECK(c.replay.capacity == 1'000'000);
  CHECK(c.replay.alpha == 0.6);
}

TEST_CASE("every preset makes an agent that acts, with and without overrides") {
  const auto acts = []<class Preset>(std::type_identity<Preset>) {
    auto numbers = Preset::config();
    numbers.replay.capacity = 64;
    context ctx{.threads = 1, .seed = 1};
    typename Preset::agent agent(ctx, numbers);
    const int action = agent.act(world_type::observation::value{});
    CHECK(action >= 0);
    CHECK(action < 3);
  };
  acts(std::type_identity<presets::iqn<world_type>>{});
  acts(std::type_identity<presets::munchausen_iqn<world_type, replay::prioritized, head::dueling<32>>>{});
  acts(std::type_identity<presets::qr_dqn<world_type, fractions::midpoints<8>>>{});
}
