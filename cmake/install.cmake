include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/iqnrl")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/iqnrlConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/iqnrlConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/iqnrlConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(TARGETS iqnrl EXPORT iqnrl)
install(EXPORT iqnrl NAMESPACE iqnrl:: FILE iqnrlTargets.cmake DESTINATION "${package_dir}")
install(TARGETS iqnrl_testing EXPORT iqnrl_testing)
install(EXPORT iqnrl_testing NAMESPACE iqnrl:: FILE iqnrlTestingTargets.cmake DESTINATION "${package_dir}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/iqnrl" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp")
install(FILES "${PROJECT_BINARY_DIR}/iqnrlConfig.cmake" "${PROJECT_BINARY_DIR}/iqnrlConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/iqnrl")
