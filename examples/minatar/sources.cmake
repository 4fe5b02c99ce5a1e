# Debug builds, which are for tests, have one preset: optimised, each takes a processor about 30 s to compile.
set(sources main.cpp iqn.cpp)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(definitions MINATAR_ONE_PRESET)
else()
  list(APPEND sources munchausen_iqn.cpp btr.cpp btr_impala.cpp)
endif()
