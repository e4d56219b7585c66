if(TARGET spoor_decode)
  spoor_fuzz(NAME decode SOURCES fuzz_decode.cpp DEPENDS decode event base LIBS simdjson::simdjson)
endif()
