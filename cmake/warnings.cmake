# Warnings are errors, on both compilers. Not -Wrestrict: g++ 12 reports string + string wrongly at -O3 (GCC PR105651).
add_library(spoor_warnings INTERFACE)
target_compile_options(spoor_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Wdouble-promotion
  -Wextra-semi -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wuseless-cast -Wsuggest-override>
  # libstdc++ 12's own stable_sort uses a deprecated function, which only GCC overlooks; GCC still
  # reports those in our code.
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wunreachable-code -Wcomma -Wno-deprecated-declarations>)
