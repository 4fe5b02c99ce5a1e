# Targets `format` (rewrites) and `format_check` (fails on a file that `format` would change).
find_program(IQNRL_CLANG_FORMAT clang-format-14)
mark_as_advanced(IQNRL_CLANG_FORMAT)
if(NOT IQNRL_CLANG_FORMAT)
  foreach(target IN ITEMS format format_check)
    add_custom_target(${target}
      COMMAND "${CMAKE_COMMAND}" -E echo "clang-format-14 was not found; write `.ci/setup ci`."
      COMMAND "${CMAKE_COMMAND}" -E false VERBATIM)
  endforeach()
  return()
endif()
set(root "${PROJECT_SOURCE_DIR}")
file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${root}/include/*.hpp" "${root}/tests/*.[ch]pp"
     "${root}/examples/*.[ch]pp" "${root}/bench/*.[ch]pp" "${root}/docs/*.[ch]pp")
add_custom_target(format COMMAND "${IQNRL_CLANG_FORMAT}" -i ${sources} VERBATIM)
add_custom_target(format_check COMMAND "${IQNRL_CLANG_FORMAT}" --dry-run --Werror ${sources} VERBATIM)
