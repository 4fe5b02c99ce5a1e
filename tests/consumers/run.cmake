# Builds and runs the project of the folder PROJECT in WORK_DIR, from nothing each time, or does what its run.cmake says.
# With REFUSED, a sentence, that must fail, and the sentence be what CMake says or the compiler's first error.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
set(project "${CMAKE_CURRENT_LIST_DIR}/${PROJECT}")

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY "${WORK_DIR}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Eigen without any optimisation takes a hundred times as long.
set(configure "${CMAKE_COMMAND}" -S "${project}" -B "${WORK_DIR}/build" -G "${GENERATOR}" --no-warn-unused-cli
  "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_CXX_FLAGS=-O1 "-DCMAKE_PREFIX_PATH=${PREFIX}"
  "-DIQNRL_SOURCE_DIR=${SOURCE_DIR}" "-DFETCHCONTENT_SOURCE_DIR_IQNRL=${SOURCE_DIR}")
set(build "${CMAKE_COMMAND}" --build "${WORK_DIR}/build")

if(EXISTS "${project}/run.cmake")
  include("${project}/run.cmake")
  return()
endif()
if(NOT REFUSED)
  run(${configure})
  run(${build})
  run("${WORK_DIR}/build/my_program")
  return()
endif()

set(ENV{LC_ALL} C)
execute_process(COMMAND ${configure} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  execute_process(COMMAND ${build} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(FIND "${output}" " error: " first)
  string(SUBSTRING "${output}" ${first} -1 output)
  string(REGEX MATCH "^[^\n]*" output "${output}")
endif()
string(REGEX REPLACE "[ \n]+" " " said "${output}")
string(FIND "${said}" "${REFUSED}" place)
if(result EQUAL 0 OR place EQUAL -1)
  message(FATAL_ERROR " ${PROJECT} should be refused by `${REFUSED}`, but this was said:\n${output}")
endif()
