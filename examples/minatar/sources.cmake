# Debug builds, which are for tests, have one preset: each takes a processor 15 s to compile, and 30 s optimised.
set(sources main.cpp iqn.cpp)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(definitions MINATAR_ONE_PRESET)
else()
  list(APPEND sources munchausen_iqn.cpp btr.cpp btr_impala.cpp)
endif()
