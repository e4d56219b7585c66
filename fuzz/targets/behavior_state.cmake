if(TARGET spoor_behavior)
  spoor_fuzz(NAME behavior_state SOURCES ${CMAKE_CURRENT_LIST_DIR}/../fuzz_behavior_state.cpp DEPENDS behavior)
endif()
