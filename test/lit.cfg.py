"""How lit runs the text tests of this folder."""

import os

import lit.formats

config.name = "flowc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".flow", ".ir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.flow_build_dir, "test", "out")

# No test may wait for ever. lit needs psutil for this; without it ctest's own limit ends the suite.
try:
    import psutil  # noqa: F401

    lit_config.maxIndividualTestTime = 60
except ImportError:
    pass

config.environment["NO_COLOR"] = "1"
config.environment["TZ"] = "UTC"
config.environment["LC_ALL"] = "C.UTF-8"
config.environment["XDG_CACHE_HOME"] = "/dev/null"  # nothing is kept from one test for another

path = [config.llvm_tools_dir, config.flow_build_dir, config.environment.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)

# Longest names first: lit replaces text, not words.
config.substitutions += [
    ("%flow-opt", os.path.join(config.flow_build_dir, "flow-opt")),
    ("%flowc", os.path.join(config.flow_build_dir, "flowc")),
    ("%run_modes", " ".join([config.python, os.path.join(os.path.dirname(__file__), "run_modes.py"),
                             "--flowc", os.path.join(config.flow_build_dir, "flowc")])),
    ("%source_dir", config.flow_source_dir),
    ("%python", config.python),
]
