# Compiler launcher, linker, warnings and code generation flags of everything built here.

# One compiler builds every piece that touches rows: another one contracts and folds floating point
# differently, and the interpreter, the JIT and the AOT executables must agree to the last bit.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "flowc is built by clang++-19; use a preset: cmake --preset release")
endif()

find_program(FLOW_CCACHE ccache)
if(FLOW_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${FLOW_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FLOW_CCACHE}")
endif()

add_library(flow_options INTERFACE)
target_include_directories(flow_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_compile_options(flow_options INTERFACE
  -Wall -Wextra -Werror
  -ffp-contract=off
  -ffunction-sections
  -fdata-sections)

add_link_options(-fuse-ld=lld -Wl,--gc-sections -Wl,--as-needed)

# The shipped binary: code at fixed low addresses starts sooner and the JIT's code reaches it.
if(FLOW_LLVM_LINK STREQUAL "static")
  add_compile_options(-fno-pie)
  add_link_options(-no-pie)
endif()

if(FLOW_SANITIZERS)
  # Kernels are called by their shape, every value by pointer: `function` wants the exact types.
  add_compile_options(-fsanitize=${FLOW_SANITIZERS} -fno-sanitize=function -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${FLOW_SANITIZERS})
endif()
