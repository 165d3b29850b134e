"""One submission: an unmodified PyFlink script, run in a forked child or in a plain process.

What happens is told as JSON lines in the lease's report pipe: `jars`, `submitting`, `submitted`
(both written by the JVM), `waiting`, `error`, `exit`.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import faulthandler
import functools
import hashlib
import io
import json
import os
import runpy
import signal
import sys
import traceback
import urllib.parse
import urllib.request
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Collection,
    Iterable,
    Mapping,
    NoReturn,
)

if TYPE_CHECKING:
    from harness.guest import child, executable, namespace, packages, references
else:
    # It is run by its path, or imported by a zygote that is, in an interpreter that has no harness.
    import child
    import executable
    import namespace
    import packages
    import references


STACK = ".stack"
"""Beside the file of the output: where the script stood when it was asked."""
JAR_OPTIONS = ("pipeline.jars", "pipeline.classpaths")


class WrongJars(BaseException):
    """The script names jars that are not in the cluster; a BaseException, so that no script swallows it."""


def run(request: Mapping[str, Any]) -> NoReturn:
    """Become the script's process, submit, end; never returns."""
    report = Report(request["report"])
    child.become(request["environ"], request["cwd"], request["out"])
    show_where_it_waits(request["out"], report)
    os.environ["PYFLINK_GATEWAY_PORT"] = str(request["gateway_port"])
    status = 1
    try:
        mounts = request.get("mounts")
        if mounts:
            namespace.enter(mounts["overlays"], mounts["keep"])
        close = connect(request, report)
        script = request["script"]
        sys.argv = [script, *request["args"]]
        if not request["statements"]:
            sys.path.insert(0, os.path.dirname(script))
        try:
            child.forget_guests()
            if request["statements"]:
                run_statements(request)
            elif request["module"]:
                sys.argv[0] = request["module"]
                runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(script, run_name="__main__")
            status = 0
        except SystemExit as error:
            status = child.exit_status(error)
            if status:
                report.error(error, request["code"])
        close()
    except WrongJars:
        status = 0
    except BaseException as error:  # noqa: BLE001 - a script may raise anything; it all belongs in the report
        traceback.print_exc()
        report.error(error, request["code"])
        status = 1
    sys.stdout.flush()
    report.tell({"event": "exit", "status": status})
    child.leave(status)


def show_where_it_waits(out: str, report: Report) -> None:
    """Let what the script prints be seen at once, and on a signal where it stands."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    stack = os.open(out + STACK, os.O_WRONLY | os.O_CREAT, 0o600)
    faulthandler.register(signal.SIGUSR2, stack, all_threads=False)
    report.tell({"event": "began", "pid": os.getpid()})


def run_statements(request: Mapping[str, Any]) -> None:
    """Run the statements of a SQL file, whose functions in Python are looked up in this very process."""
    from pyflink import java_gateway

    lists = [json.dumps(request[name]) for name in ("statements", "isolated", "config")]
    java_gateway.get_gateway().entry_point.runSqlWithPython(request["report"], request["out"], *lists)


class Report:
    """The write end of the lease's report pipe."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Write one line."""
        data = (json.dumps(message) + "\n").encode()
        while data:
            data = data[os.write(self._fd, data) :]

    def error(self, error: BaseException, folder: str) -> None:
        """Tell an exception: the frames of the user's own files, the root cause, the whole traceback."""
        frames = [
            {"file": f.filename, "line": f.lineno, "function": f.name, "source": f.line or ""}
            for f in traceback.extract_tb(error.__traceback__)
            # A frozen module has a name like `<frozen runpy>`, which looks relative.
            if not f.filename.startswith("<")
            and os.path.abspath(f.filename).startswith(os.path.abspath(folder) + os.sep)
            and "site-packages" not in f.filename
        ]
        if isinstance(error, SyntaxError) and error.filename:
            source = (error.text or "").strip()
            frames.append(
                {"file": error.filename, "line": error.lineno or 0, "function": "<module>", "source": source}
            )
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.tell(
            {
                "event": "error",
                "type": type(error).__name__,
                "message": root_cause(error)[:4000],
                "frames": frames[-5:],
                "traceback": text[-20000:],
            }
        )


def root_cause(error: BaseException) -> str:
    """The innermost cause: of a Java exception the last `Caused by`, else the exception's own text."""
    if isinstance(error, SyntaxError):
        return str(error.msg)
    java = getattr(error, "java_exception", None)
    if java is None:
        return str(error)
    try:
        cause = java
        while cause.getCause() is not None:
            cause = cause.getCause()
        return str(cause.toString())
    except Exception:  # noqa: BLE001 - the JVM may be gone; the Python text is still there
        return str(error)


def connect(request: Mapping[str, Any], report: Report) -> Callable[[], None]:
    """Attach PyFlink to the lease's gateway and set the context that all its environments use.

    Returns:
        A function that takes the context away again.
    """
    from pyflink import java_gateway

    token = request["gateway_token"]
    java_gateway.GatewayParameters = functools.partial(java_gateway.GatewayParameters, auth_token=token)
    java_gateway.CallbackServerParameters = functools.partial(
        java_gateway.CallbackServerParameters, auth_token=token
    )
    packages.know()
    references.collect()
    lists = [json.dumps(request[name]) for name in ("isolated", "config")]
    context = java_gateway.get_gateway().entry_point.context(request["report"], *lists)
    context.attach()
    filter_jars(request["jars"], report)
    executable.keep(request["python"])
    tell_waits(report)
    attach_every_environment(context.attach)
    detach: Callable[[], None] = context.detach
    return detach


def attach_every_environment(attach: Callable[[], None]) -> None:
    """Set the context again whenever an environment is made: a script's own thread has another JVM thread."""
    import pyflink.datastream.stream_execution_environment as streaming
    import pyflink.table.table_environment as table

    def again(original: Callable[..., Any]) -> Any:
        @functools.wraps(original)
        def call(*args: object, **kwargs: object) -> Any:
            attach()
            return original(*args, **kwargs)

        return staticmethod(call)

    table.TableEnvironment.create = again(table.TableEnvironment.create)
    streaming.StreamExecutionEnvironment.get_execution_environment = again(
        streaming.StreamExecutionEnvironment.get_execution_environment
    )


def filter_jars(known: Collection[str], report: Report) -> None:
    """Leave out the jars that a script names and the cluster has, byte for byte; tell of any other.

    A second copy of a connector in the job's own class loader would clash with the cluster's. A jar
    is never replaced by another version of it.
    """
    import pyflink.datastream.stream_execution_environment as streaming
    from pyflink.common import configuration
    from pyflink.table import table_config

    original_set = table_config.TableConfig.set

    def check(urls: Iterable[str]) -> None:
        unknown = [url for url in urls if digest(url) not in known]
        if unknown:
            report.tell({"event": "jars", "paths": [path_of(url) for url in unknown]})
            raise WrongJars

    @functools.wraps(original_set)
    def set_option(self: Any, key: str, value: str) -> Any:
        if key in JAR_OPTIONS:
            check([url for url in value.split(";") if url.strip()])
            return self
        return original_set(self, key, value)

    @functools.wraps(streaming.StreamExecutionEnvironment.add_jars)
    def add_jars(_self: Any, *paths: str) -> None:
        check(paths)

    original_set_string = configuration.Configuration.set_string

    @functools.wraps(original_set_string)
    def set_string(self: Any, key: str, value: str) -> Any:
        if key in JAR_OPTIONS:
            check([url for url in value.split(";") if url.strip()])
            return self
        return original_set_string(self, key, value)

    configuration.Configuration.set_string = set_string
    table_config.TableConfig.set = set_option
    streaming.StreamExecutionEnvironment.add_jars = add_jars
    streaming.StreamExecutionEnvironment.add_classpaths = add_jars


def path_of(url: str) -> str:
    """The local path of a `file:` URL or a plain path."""
    parsed = urllib.parse.urlparse(url.strip())
    if parsed.scheme in ("", "file"):
        return urllib.request.url2pathname(parsed.path)
    return url


def digest(url: str) -> str:
    """The sha256 of a jar, or "" if it cannot be read."""
    try:
        with open(path_of(url), "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except OSError:
        return ""


def tell_waits(report: Report) -> None:
    """Say so when a script waits for its job: if that is unbounded, the script has done its part."""
    from pyflink.common import job_client
    from pyflink.table import table_result

    def telling(owner: type, name: str) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def call(*args: object, **kwargs: object) -> Any:
            report.tell({"event": "waiting"})
            return original(*args, **kwargs)

        setattr(owner, name, call)

    for name in ("wait", "collect", "print"):
        telling(table_result.TableResult, name)
    telling(job_client.JobClient, "get_job_execution_result")


def main() -> NoReturn:
    """The same submission without a fork: the request is the JSON file named by the only argument."""
    with open(sys.argv[1]) as f:
        run(json.load(f))


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
