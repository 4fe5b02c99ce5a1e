# `cmake --workflow --preset package` makes libiqnrl-dev_<version>_all.deb.
set(debian_package libiqnrl-dev)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${debian_package}"
        RENAME copyright COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL iqnrl debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_NAME ${debian_package})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the iqnrl authors <maintainers@iqnrl.invalid>")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4), libfmt-dev (>= 8)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libxtensor-dev (>= 0.24), libdnnl-dev (>= 2.6), doctest-dev (>= 2.4)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION  # what follows the first line, which is the project's own
"iqnrl puts an agent together at compile time from policies: what it sees, which
quantiles it learns, what it regresses on, what it remembers and how it
explores. It is a C++20 library for programs that want an agent inside.")
include(CPack)
