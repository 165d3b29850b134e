"""Scripts and tests that name the interpreter they run with have the lease's own wrapper of it.

Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import os
import sys


def keep(wrapper: str) -> None:
    """Let a script that names the interpreter it runs with keep the lease's environment for its workers."""
    import pyflink.datastream.stream_execution_environment as streaming
    from pyflink.common import configuration
    from pyflink.table import table_config

    own = {os.path.abspath(sys.executable), "python", "python3"}

    def through(value: str) -> str:
        return wrapper if value in own or os.path.abspath(value) in own else value

    set_option = table_config.TableConfig.set
    set_table = table_config.TableConfig.set_python_executable
    set_stream = streaming.StreamExecutionEnvironment.set_python_executable
    table_config.TableConfig.set = lambda self, key, value: set_option(
        self, key, through(value) if key == "python.executable" else value
    )
    set_string = configuration.Configuration.set_string
    configuration.Configuration.set_string = lambda self, key, value: set_string(
        self, key, through(value) if key == "python.executable" else value
    )
    table_config.TableConfig.set_python_executable = lambda self, value: set_table(self, through(value))
    streaming.StreamExecutionEnvironment.set_python_executable = lambda self, value: set_stream(
        self, through(value)
    )
