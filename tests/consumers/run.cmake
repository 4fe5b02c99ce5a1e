# Builds and runs the project of the folder WAY in WORK_DIR, from nothing each time.
file(REMOVE_RECURSE "${WORK_DIR}")
set(project "${SOURCE_DIR}/tests/consumers/${WAY}")
# Eigen without any optimisation takes a hundred times as long.
set(arguments -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=-O1")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(NOT WAY STREQUAL "add_subdirectory")
  run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${WORK_DIR}/prefix")
  list(APPEND arguments "-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix")
else()
  list(APPEND arguments "-DIQNRL_SOURCE_DIR=${SOURCE_DIR}")
endif()
run("${CMAKE_COMMAND}" -S "${project}" -B "${WORK_DIR}/build" ${arguments})
run("${CMAKE_COMMAND}" --build "${WORK_DIR}/build")
run("${WORK_DIR}/build/consumer")
if(WAY STREQUAL "own_backend")
  run("${WORK_DIR}/build/agent")
endif()
