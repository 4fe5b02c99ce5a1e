// One odd policy at a time, in training: what an agent is made of.
#include <iqnrl/testing/layer_trial.hpp>
#include <odd/one_axis.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("nothing odd") { trains<backend::reference>(); }
TEST_CASE("backend: memory that faults outside primitives, products by packed weights") { trains<strict_backend>(); }
TEST_CASE("numeric: a policy of a user's own") { trains<odd::wide>(); }
TEST_CASE("world: bytes, masks, blocks of actions, every ending") { trains<backend::reference, odd_world>(); }
TEST_CASE("augment: the encoder sees one noisy sum") { trains<odd::summed>(); }
TEST_CASE("encoder: it ignores what it sees") { trains<odd::blind>(); }
TEST_CASE("fractions: all one point") { trains<odd::one_point>(); }
TEST_CASE("conditioning: without parameters") { trains<odd::tilt>(); }
TEST_CASE("head: without biases") { trains<odd::unbiased>(); }
