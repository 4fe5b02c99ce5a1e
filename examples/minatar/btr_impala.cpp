// The program with the preset btr_impala.
#include <minatar/run.hpp>

template int example::minatar::run<example::minatar::btr_impala>(const example::minatar::arguments&);
