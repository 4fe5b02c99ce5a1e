# cmake -DCOMPILER=… -DSOURCE=… -DINCLUDES=… -P match_error.cmake
# Succeeds if SOURCE does not compile and one of the first ten lines that the compiler prints matches the regular
# expression of SOURCE's first line, `// expect-error: <regex>`.
file(STRINGS "${SOURCE}" first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// expect-error: (.+)$")
  message(FATAL_ERROR " ${SOURCE} has no expectation: its first line must read `// expect-error: <regex>`.")
endif()
set(expected "${CMAKE_MATCH_1}")

set(flags -std=c++20 -fsyntax-only)
foreach(folder IN LISTS INCLUDES)
  list(APPEND flags "-I${folder}")
endforeach()
set(ENV{LC_ALL} C)
execute_process(COMMAND "${COMPILER}" ${flags} "${SOURCE}" RESULT_VARIABLE result
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR " ${SOURCE} should not compile, but it compiles.")
endif()

# Brackets and semicolons mean something in a CMake list, so the output is cut by position and not by list.
set(rest "${output}")
set(top "")
foreach(line RANGE 1 10)
  string(FIND "${rest}" "\n" end)
  if(end EQUAL -1)
    break()
  endif()
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${rest}" 0 ${end} text)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  string(APPEND top "${text}")
  if(text MATCHES "${expected}")
    return()
  endif()
endforeach()
message(FATAL_ERROR " ${SOURCE}: `${expected}` matches no line of the first ten that the compiler printed:\n ${top}")
