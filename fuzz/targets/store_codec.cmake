if(TARGET spoor_store)
  spoor_fuzz(NAME store_codec SOURCES ${CMAKE_SOURCE_DIR}/fuzz/fuzz_store_codec.cpp DEPENDS store)
endif()
