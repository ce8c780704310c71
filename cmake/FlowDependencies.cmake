# Every library from outside, found here and nowhere else. Each is a Debian package (packages.txt);
# nothing is downloaded at configure time.

find_package(Threads REQUIRED)
find_package(BISON 3.8 REQUIRED)
find_package(FLEX 2.6 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# Header-only: floats to text and back.
find_package(dragonbox 1.1 CONFIG REQUIRED)
find_package(FastFloat CONFIG REQUIRED)

# Header-only: Debian has no static libfmt, and a built script carries none of it.
find_package(fmt 9 CONFIG REQUIRED)

# `find_package(LLVM 19)` finds nothing (its version file wants major.minor to be equal); without
# a version the newest one installed is taken.
find_package(LLVM 19.1 CONFIG REQUIRED)
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION} (${FLOW_LLVM_LINK}) from ${LLVM_DIR}")

# flow_llvm: LLVM and lld as one library. Only codegen/ links it, privately.
add_library(flow_llvm INTERFACE)
target_include_directories(flow_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
separate_arguments(FLOW_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(flow_llvm INTERFACE ${FLOW_LLVM_DEFINITIONS})

# lld's own CMake package insists on the shared LLVM, hence plain paths.
find_library(FLOW_LLD_ELF lldELF PATHS "${LLVM_LIBRARY_DIR}" REQUIRED NO_DEFAULT_PATH)
find_library(FLOW_LLD_COMMON lldCommon PATHS "${LLVM_LIBRARY_DIR}" REQUIRED NO_DEFAULT_PATH)

if(FLOW_LLVM_LINK STREQUAL "static")
  llvm_map_components_to_libnames(FLOW_LLVM_LIBS
    x86asmparser x86codegen x86desc x86info
    bitreader bitwriter irreader linker lto option orcjit orctargetprocess passes)
  target_sources(flow_llvm INTERFACE "${PROJECT_SOURCE_DIR}/codegen/lld_targets.c")
  target_link_libraries(flow_llvm INTERFACE
    "${FLOW_LLD_ELF}" "${FLOW_LLD_COMMON}" ${FLOW_LLVM_LIBS} ZLIB::ZLIB PkgConfig::ZSTD)
else()
  target_link_libraries(flow_llvm INTERFACE
    "${FLOW_LLD_ELF}" "${FLOW_LLD_COMMON}" LLVM ZLIB::ZLIB PkgConfig::ZSTD)
endif()
