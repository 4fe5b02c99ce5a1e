// One odd policy at a time, in training: how an agent learns and behaves.
#include <odd/one_axis.hpp>

using namespace iqnrl;
using namespace iqnrl::testing;

TEST_CASE("target: three forwards") { trains<odd::three_forwards>(); }
TEST_CASE("target: two branches of unequal weight") { trains<odd::two_branches>(); }
TEST_CASE("loss: expectiles") { trains<odd::expectile>(); }
TEST_CASE("optimizer: one moment") { trains<odd::momentum>(); }
TEST_CASE("sync: half after every third update") { trains<odd::thirds>(); }
TEST_CASE("replay: the same item always") { trains<odd::stubborn>(); }
TEST_CASE("collate: a discount of a half") { trains<odd::halves>(); }
TEST_CASE("explore: the last allowed action") { trains<odd::last_legal>(); }
