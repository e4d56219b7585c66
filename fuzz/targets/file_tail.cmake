if(TARGET spoor_source)
  spoor_fuzz(NAME file_tail SOURCES ${CMAKE_SOURCE_DIR}/fuzz/fuzz_file_tail.cpp DEPENDS source)
endif()
