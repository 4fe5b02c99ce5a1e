# The library: headers, the language and what they need. Nothing else is passed on to who links it.
find_package(Eigen3 3.4 QUIET NO_MODULE)
find_package(fmt 8 QUIET)
set(missing "")
if(NOT TARGET Eigen3::Eigen)
  list(APPEND missing libeigen3-dev)
endif()
if(NOT TARGET fmt::fmt)
  list(APPEND missing libfmt-dev)
endif()
if(missing)
  list(JOIN missing " " missing)
  message(FATAL_ERROR " iqnrl needs Eigen 3.4 and fmt 8 or newer; write `sudo apt install ${missing}`, then try again.")
endif()
find_package(Threads REQUIRED)

include(GNUInstallDirs)
add_library(iqnrl INTERFACE)
add_library(iqnrl::iqnrl ALIAS iqnrl)
target_compile_features(iqnrl INTERFACE cxx_std_20)
target_include_directories(iqnrl INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_link_libraries(iqnrl INTERFACE Eigen3::Eigen fmt::fmt Threads::Threads)

# A component: the library with the xtensor backend, which the core does without.
find_package(xtensor QUIET)
add_library(iqnrl_xtensor INTERFACE)
add_library(iqnrl::xtensor ALIAS iqnrl_xtensor)
target_link_libraries(iqnrl_xtensor INTERFACE iqnrl xtensor)
