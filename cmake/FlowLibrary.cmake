# flow_library(<name> [SOURCES file…] [PUBLIC lib…] [PRIVATE lib…] [UNITY objects])
#
# A static library flow_<name>: the folder's one target. Headers are included from the repository
# root ("ir/ops.h"). UNITY caps the number of objects, for folders whose headers are dear to parse.
function(flow_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "UNITY" "SOURCES;PUBLIC;PRIVATE")
  set(target "flow_${name}")
  if(NOT ARG_SOURCES)
    # A folder of headers only still is a target others can link.
    set(empty "${CMAKE_CURRENT_BINARY_DIR}/${target}_empty.cpp")
    file(CONFIGURE OUTPUT "${empty}" CONTENT "// ${target} has headers only.\n")
    set(ARG_SOURCES "${empty}")
  endif()
  add_library(${target} STATIC ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC flow_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  # Nothing runs before main: start time, and order of initialisation.
  target_compile_options(${target} PRIVATE -Wglobal-constructors)
  if(ARG_UNITY)
    list(LENGTH ARG_SOURCES count)
    math(EXPR batch "(${count} + ${ARG_UNITY} - 1) / ${ARG_UNITY}")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
  endif()
endfunction()

# flow_executable(<name> SOURCES file… LINK lib…)
function(flow_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LINK")
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE flow_options ${ARG_LINK})
endfunction()
