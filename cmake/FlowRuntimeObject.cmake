# flow_runtime_object(<output> LIBRARIES flow_lib… ARCHIVES libx.a…)
#
# Links everything a built script may need into one relocatable object: start files, the given
# libraries whole, and of the given archives and the C++ and C libraries what those refer to.
# flowc carries it, so that `flow build` needs neither compiler nor libraries where it runs.
#
# GNU ld makes it, since the .eh_frame of `ld.lld -r` breaks the second link. Sections stay apart
# (--unique), or the second link could not drop the unused ones: 1.8 MB instead of 0.8.
function(flow_runtime_object output)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LIBRARIES;ARCHIVES")
  find_program(FLOW_LD_BFD ld.bfd REQUIRED)
  set(files "")
  foreach(name crt1.o crti.o crtbeginT.o crtend.o crtn.o libstdc++.a libm.a libgcc.a libgcc_eh.a
      libc.a ${ARG_ARCHIVES})
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-file-name=${name}
      OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT IS_ABSOLUTE "${path}")
      message(FATAL_ERROR "${name} not found; it belongs to a package of packages.txt")
    endif()
    set(file_${name} "${path}")
  endforeach()
  set(archives "")
  foreach(name ${ARG_ARCHIVES} libstdc++.a libm.a libgcc.a libgcc_eh.a libc.a)
    list(APPEND archives "${file_${name}}")
  endforeach()
  # libm.a is a linker script naming two archives by absolute path.
  set(whole "")
  foreach(library ${ARG_LIBRARIES})
    list(APPEND whole "$<TARGET_FILE:${library}>")
  endforeach()
  add_custom_command(OUTPUT "${output}"
    COMMAND "${FLOW_LD_BFD}" -r -S -x
      "--unique=.text*" "--unique=.data*" "--unique=.bss*" "--unique=.rodata*"
      "--unique=.gcc_except_table*" "--unique=.init_array*"
      -o "${output}"
      "${file_crt1.o}" "${file_crti.o}" "${file_crtbeginT.o}"
      --whole-archive ${whole} --no-whole-archive
      --start-group ${archives} --end-group
      "${file_crtend.o}" "${file_crtn.o}"
    DEPENDS ${ARG_LIBRARIES}
    COMMENT "Prelinking the runtime of built scripts"
    VERBATIM)
endfunction()
