# The library: headers, the language and what they need. Nothing else is passed on to who links it.
include("${CMAKE_CURRENT_LIST_DIR}/iqnrlDependencies.cmake")
iqnrl_find(refusal core)
if(refusal)
  message(FATAL_ERROR " ${refusal}")
endif()

include(GNUInstallDirs)
add_library(iqnrl INTERFACE)
add_library(iqnrl::iqnrl ALIAS iqnrl)
target_compile_features(iqnrl INTERFACE cxx_std_20)
target_include_directories(iqnrl INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_link_libraries(iqnrl INTERFACE Eigen3::Eigen fmt::fmt Threads::Threads)

# The components name what they need whether or not it is here, since who installs the package may have it later. In
# this tree a component can be linked as iqnrl::<component> where what it needs was found.
add_library(iqnrl_xtensor INTERFACE)
target_link_libraries(iqnrl_xtensor INTERFACE iqnrl xtensor)
add_library(iqnrl_onednn INTERFACE)
target_link_libraries(iqnrl_onednn INTERFACE iqnrl DNNL::dnnl gomp)  # whose number of threads the backend sets
add_library(iqnrl_testing INTERFACE)
target_link_libraries(iqnrl_testing INTERFACE iqnrl doctest::doctest)
foreach(component IN LISTS iqnrl_components)
  set_target_properties(iqnrl_${component} PROPERTIES EXPORT_NAME ${component})
  iqnrl_find(refusal ${component})
  if(NOT refusal)
    add_library(iqnrl::${component} ALIAS iqnrl_${component})
  endif()
endforeach()
