# By a shell alone, through an iqnrl.pc that was moved.
set(ENV{PKG_CONFIG_PATH} "${PREFIX}/share/pkgconfig")
execute_process(COMMAND pkg-config --modversion iqnrl OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR " iqnrl.pc says version ${version}; it should be ${VERSION}.")
endif()
run(sh "${project}/build.sh" "${project}/../small.cpp")
run("${WORK_DIR}/my_program")
