# Target `site`: docs/ as a site, with the API reference below it, in site/ of the build folder.
set(missing "")
foreach(tool IN ITEMS mkdocs doxygen)
  string(TOUPPER "IQNRL_${tool}" program)
  find_program(${program} ${tool})
  mark_as_advanced(${program})
  if(NOT ${program})
    list(APPEND missing ${tool})
  endif()
endforeach()
set(themes "")
if(IQNRL_MKDOCS)
  execute_process(COMMAND "${IQNRL_MKDOCS}" build --help OUTPUT_VARIABLE themes)
endif()
if(NOT themes MATCHES "material")
  list(APPEND missing mkdocs-material)
endif()
if(missing)
  list(JOIN missing " " missing)
  add_custom_target(site
    COMMAND "${CMAKE_COMMAND}" -E echo "The site needs ${missing}; write `.ci/setup ci`, or `sudo apt install ${missing}`."
    COMMAND "${CMAKE_COMMAND}" -E false VERBATIM)
  return()
endif()
set(site "${PROJECT_BINARY_DIR}/site")
configure_file("${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
add_custom_target(site
  COMMAND "${IQNRL_MKDOCS}" build --quiet --strict --clean --site-dir "${site}"
  COMMAND "${IQNRL_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
  COMMAND "${CMAKE_COMMAND}" -E echo "The site is in ${site}/index.html"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" USES_TERMINAL VERBATIM)
