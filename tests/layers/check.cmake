# Configures the small house with one more room and builds it, each header on its own too. With
# EXPECTED it must fail, saying that.
file(REMOVE_RECURSE ${WORK})
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${TREE} -B ${WORK} -G Ninja -DROOM=${ROOM} -DMODULES=${MODULES}
          -DCMAKE_CXX_COMPILER=${COMPILER}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK} --target all all_verify_interface_header_sets
                  RESULT_VARIABLE result OUTPUT_VARIABLE build_output ERROR_VARIABLE build_output)
  string(APPEND output "${build_output}")
endif()
# CMake wraps its messages.
string(REGEX REPLACE "[ \n\r]+" " " flat "${output}")
if(EXPECTED STREQUAL "")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "room '${ROOM}' was refused:\n${output}")
  endif()
elseif(result EQUAL 0)
  message(FATAL_ERROR "room '${ROOM}' was accepted")
elseif(NOT flat MATCHES "${EXPECTED}")
  message(FATAL_ERROR "room '${ROOM}' was refused, but not with '${EXPECTED}':\n${output}")
endif()
