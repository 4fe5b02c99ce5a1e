# Headers, the CMake package and the pkg-config file. Nothing in them names the folder that they are installed to, nor
# this machine's architecture.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/iqnrl")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/iqnrlConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
cmake_path(ABSOLUTE_PATH pkgconfig_dir BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" OUTPUT_VARIABLE from)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${from}" OUTPUT_VARIABLE to_prefix)
set(includedir "\${prefix}")
cmake_path(APPEND includedir "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/iqnrl.pc.in" "${PROJECT_BINARY_DIR}/iqnrl.pc" @ONLY)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/iqnrl" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        COMPONENT iqnrl FILES_MATCHING PATTERN "*.hpp")
foreach(part IN ITEMS core ${iqnrl_components})
  set(target iqnrl_${part})
  if(part STREQUAL "core")
    set(target iqnrl)
  endif()
  install(TARGETS ${target} EXPORT iqnrl_${part})
  install(EXPORT iqnrl_${part} NAMESPACE iqnrl:: DESTINATION "${package_dir}" COMPONENT iqnrl)
endforeach()
install(FILES "${CMAKE_CURRENT_LIST_DIR}/iqnrlConfig.cmake" "${CMAKE_CURRENT_LIST_DIR}/iqnrlDependencies.cmake"
              "${PROJECT_BINARY_DIR}/iqnrlConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT iqnrl)
install(FILES "${PROJECT_BINARY_DIR}/iqnrl.pc" DESTINATION "${pkgconfig_dir}" COMPONENT iqnrl)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/iqnrl" COMPONENT license)
