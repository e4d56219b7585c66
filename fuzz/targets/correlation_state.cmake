if(TARGET spoor_sigma)
  spoor_fuzz(NAME correlation_state SOURCES ${CMAKE_CURRENT_LIST_DIR}/../fuzz_correlation_state.cpp DEPENDS sigma)
endif()
