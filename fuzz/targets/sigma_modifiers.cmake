if(TARGET spoor_sigma AND TARGET spoor_decode)
  spoor_fuzz(NAME sigma_modifiers
    SOURCES ${CMAKE_SOURCE_DIR}/fuzz/fuzz_sigma_modifiers.cpp ${CMAKE_SOURCE_DIR}/fuzz/sigma_bench.cpp ${CMAKE_SOURCE_DIR}/fuzz/sigma_made.cpp
            ${CMAKE_SOURCE_DIR}/fuzz/sigma_modified.cpp ${CMAKE_SOURCE_DIR}/fuzz/sigma_must_match.cpp
    DEPENDS sigma decode event)
endif()
