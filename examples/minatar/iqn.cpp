// The program with the preset iqn.
#include <minatar/run.hpp>

template int example::minatar::run<example::minatar::iqn>(const example::minatar::arguments&);
