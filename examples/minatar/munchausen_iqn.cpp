// The program with the preset munchausen_iqn.
#include <minatar/run.hpp>

template int example::minatar::run<example::minatar::munchausen_iqn>(const example::minatar::arguments&);
