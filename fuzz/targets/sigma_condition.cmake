if(TARGET spoor_sigma)
  spoor_fuzz(NAME sigma_condition SOURCES ${CMAKE_SOURCE_DIR}/fuzz/fuzz_sigma_condition.cpp DEPENDS sigma)
endif()
