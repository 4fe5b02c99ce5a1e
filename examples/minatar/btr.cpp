// The program with the preset btr.
#include <minatar/run.hpp>

template int example::minatar::run<example::minatar::btr>(const example::minatar::arguments&);
