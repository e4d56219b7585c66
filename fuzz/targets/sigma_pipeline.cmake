if(TARGET spoor_sigma AND TARGET spoor_decode)
  spoor_fuzz(NAME sigma_pipeline SOURCES ${CMAKE_SOURCE_DIR}/fuzz/fuzz_sigma_pipeline.cpp ${CMAKE_SOURCE_DIR}/fuzz/sigma_bench.cpp
    DEPENDS sigma decode event)
endif()
