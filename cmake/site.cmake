# Target `site`: docs/ as a site, with the API reference below it, in site/ of the build folder.
set(tools mkdocs doxygen linkchecker)
set(missing "")
foreach(tool IN LISTS tools)
  string(TOUPPER "IQNRL_${tool}" program)
  find_program(${program} ${tool})
  mark_as_advanced(${program})
  if(NOT ${program})
    list(APPEND missing ${tool})
  endif()
endforeach()
if(missing)
  list(JOIN missing " and " names)
  add_custom_target(site
    COMMAND "${CMAKE_COMMAND}" -E echo
            "${names} not found; write `sudo apt install mkdocs mkdocs-material doxygen linkchecker`."
    COMMAND "${CMAKE_COMMAND}" -E false VERBATIM)
  return()
endif()
set(site "${PROJECT_BINARY_DIR}/site")
configure_file("${PROJECT_SOURCE_DIR}/cmake/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
add_custom_target(site
  COMMAND "${IQNRL_MKDOCS}" build --quiet --strict --clean --site-dir "${site}"
  COMMAND "${IQNRL_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile"
  COMMAND "${IQNRL_LINKCHECKER}" --config "${PROJECT_SOURCE_DIR}/cmake/linkchecker.ini" "${site}/index.html"
  COMMAND "${CMAKE_COMMAND}" -E echo "The site is in ${site}/index.html"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" USES_TERMINAL VERBATIM)
