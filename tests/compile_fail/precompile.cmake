# cmake -DCOMPILER=… -DCOMPILER_ID=… -DINCLUDES=… -DPRECOMPILED=… -P precompile.cmake
# Compiles agent.hpp to PRECOMPILED/iqnrl/agent.hpp.gch, where g++ looks for it when that folder comes first.
file(MAKE_DIRECTORY "${PRECOMPILED}/iqnrl")
list(TRANSFORM INCLUDES PREPEND "-I" OUTPUT_VARIABLE flags)
list(GET INCLUDES 0 include)
if(NOT COMPILER_ID STREQUAL "GNU")
  list(PREPEND flags -fpch-instantiate-templates)  # a quarter of each source's time
endif()
execute_process(COMMAND "${COMPILER}" -std=c++20 -w ${flags} -x c++-header "${include}/iqnrl/agent.hpp"
                -o "${PRECOMPILED}/iqnrl/agent.hpp.gch" COMMAND_ERROR_IS_FATAL ANY)
