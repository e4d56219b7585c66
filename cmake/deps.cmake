# Third-party parts (docs/adr/0001). Debian 12 packages, but for librdkafka and hiredis: where the
# distribution's are too old, tools/deps builds the newer ones once into SPOOR_PREFIX.
if(NOT SPOOR_PREFIX)
  if(DEFINED ENV{SPOOR_PREFIX})
    set(SPOOR_PREFIX $ENV{SPOOR_PREFIX})
  else()
    set(SPOOR_PREFIX $ENV{HOME}/.cache/spoor/prefix)
  endif()
endif()
set(ENV{PKG_CONFIG_PATH} "${SPOOR_PREFIX}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(libfyaml REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)

# Below 2.6.1 SCRAM fails against Kafka 4 (librdkafka#4895); below 2.1 batch calls lose messages.
pkg_check_modules(rdkafka IMPORTED_TARGET rdkafka)
if(NOT rdkafka_FOUND OR rdkafka_VERSION VERSION_LESS 2.6.1)
  message(FATAL_ERROR "librdkafka 2.6.1 or newer is needed, found '${rdkafka_VERSION}': older ones cannot do SCRAM "
    "against Kafka 4. Run tools/deps (or ./run build), which builds 2.8.0 into ${SPOOR_PREFIX}.")
endif()
# Below 1.0 hiredis has no TLS.
pkg_check_modules(hiredis IMPORTED_TARGET hiredis hiredis_ssl)
if(NOT hiredis_FOUND OR hiredis_hiredis_VERSION VERSION_LESS 1.0.0)
  message(FATAL_ERROR "hiredis 1.0 or newer with hiredis_ssl is needed, found '${hiredis_hiredis_VERSION}': older ones have "
    "no TLS. Run tools/deps (or ./run build), which builds 1.2.0 into ${SPOOR_PREFIX}.")
endif()
link_libraries("$<$<BOOL:${SPOOR_PREFIX}>:-Wl,-rpath,${SPOOR_PREFIX}/lib>")
