# The project's own tests: the laws on its backend, and an agent that has it.
run(${configure})
run(${build})
run("${CMAKE_CTEST_COMMAND}" --test-dir "${WORK_DIR}/build" --output-on-failure --no-tests=error)
