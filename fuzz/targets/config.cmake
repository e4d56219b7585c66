if(TARGET spoor_config)
  spoor_fuzz(NAME config SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_config.cpp DEPENDS config)
endif()
