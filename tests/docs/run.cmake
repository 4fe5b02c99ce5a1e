# cmake -DPROGRAM=… -DEXPECTED=… -DWORK_DIR=… -P run.cmake
# Succeeds if PROGRAM, run in an empty folder, succeeds and prints the text of EXPECTED.
file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${WORK_DIR}" OUTPUT_VARIABLE printed
                COMMAND_ERROR_IS_FATAL ANY)
set(expected "")
if(EXISTS "${EXPECTED}")
  file(READ "${EXPECTED}" expected)
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "It printed\n${printed}\nand ${EXPECTED} says\n${expected}")
endif()
