# flow_lit_suite(<folder>): one ctest per folder of text tests, labelled with the folder's name, so
# that `ctest -L passes` runs one phase.
set(FLOW_LIT "${LLVM_TOOLS_BINARY_DIR}/../build/utils/lit/lit.py")
find_program(FLOW_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

configure_file("${PROJECT_SOURCE_DIR}/test/lit.site.cfg.py.in"
  "${PROJECT_BINARY_DIR}/test/lit.site.cfg.py" @ONLY)

function(flow_lit_suite folder)
  add_test(NAME lit-${folder}
    COMMAND "${FLOW_PYTHON}" "${FLOW_LIT}" -v -j 2 --filter " :: ${folder}/" --allow-empty-runs
      "${PROJECT_BINARY_DIR}/test")
  set_tests_properties(lit-${folder} PROPERTIES LABELS "${folder}" PROCESSORS 2 TIMEOUT 900)
endfunction()

# flow_script_check(<name> <script> [argument…]): a house rule kept by a Python script.
function(flow_script_check name script)
  add_test(NAME check-${name}
    COMMAND "${FLOW_PYTHON}" "${PROJECT_SOURCE_DIR}/tools/${script}" ${ARGN}
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(check-${name} PROPERTIES LABELS check TIMEOUT 120)
endfunction()
