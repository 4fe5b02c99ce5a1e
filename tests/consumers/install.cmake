# Installs the library alone to WORK_DIR/staged, as where neither xtensor nor doctest are, and moves it to WORK_DIR/moved.
file(REMOVE_RECURSE "${WORK_DIR}")
execute_process(COMMAND "${CMAKE_COMMAND}" --preset package -S "${SOURCE_DIR}" -B "${WORK_DIR}/library"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON -DCMAKE_DISABLE_FIND_PACKAGE_doctest=ON
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${WORK_DIR}/library" --prefix "${WORK_DIR}/staged"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${WORK_DIR}/staged" "${WORK_DIR}/moved")
