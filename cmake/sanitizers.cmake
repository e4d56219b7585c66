if(SPOOR_SANITIZE)
  add_compile_options(-fsanitize=${SPOOR_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SPOOR_SANITIZE})
  # GCC's own manual: with sanitizers this warning has more false positives. Other builds have it.
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
  if(SPOOR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()
# Rooms that fuzz targets link: only these are compiled for libFuzzer to follow.
set(SPOOR_FUZZED_ROOMS base event config attack alert decode sigma behavior source store)
