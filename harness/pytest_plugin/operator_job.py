"""One operator on the real runtime: the job around it, in which every step is over before the next begins."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.operators import OperatorResult, ProcessingTime, Record, Step, Watermark, as_steps
from harness.pytest_plugin.warm_cluster import WarmCluster

SOURCE = Path(__file__).parent.parent / "guest" / "java" / "operator" / "MarkedWatermarks.java"
CLASS = "harness.operator.MarkedWatermarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A function and what it is fed with.

    Attributes:
        call: How it is called: see `operator_run.Operator`.
    """

    function: Any
    call: str
    rows: list[Any]
    keyed: bool
    key_type: Any
    output_type: Any


class OperatorTester:
    """The fixture `flink_operator`: call it with a function and what shall happen to it.

    Args:
        cluster: Where the job runs.
    """

    def __init__(self, cluster: WarmCluster) -> None:
        self._cluster = cluster

    def __call__(
        self,
        function: Any,
        steps: Sequence[Step],
        *,
        key: Callable[[Any], Any] | None = None,
        key_type: Any = None,
        output_type: Any = None,
        end: bool = True,
    ) -> OperatorResult:
        """Feed records, watermarks and the clock to a function, one after the other.

        Args:
            function: A (Keyed)ProcessFunction, (Keyed)CoProcessFunction, MapFunction, FlatMapFunction,
                FilterFunction, or a plain callable that maps.
            steps: `(value, timestamp)`, `Record`, `Watermark`, `ProcessingTime`, in one list.
            key: The key of a value; needed by state and timers. The second input has the same.
            key_type: Its Flink type, if it shall have one.
            output_type: The Flink type of the main output: what does not fit it fails as in the job.
            end: The input ends after the last step, and so all event-time timers fire. With False they
                stay pending.

        Returns:
            What was emitted, and every timer.

        Raises:
            Exception: What the function raised.
        """
        from harness.pytest_plugin.operator_run import Run

        case = _Case(
            function=function,
            call=_call_of(function, keyed=key is not None),
            rows=_rows(as_steps(steps), key),
            keyed=key is not None,
            key_type=key_type,
            output_type=output_type,
        )
        with Run(ends=end) as run:
            try:
                self._execute(case, run.number)
            except Exception:
                if run.error is None:
                    raise
            if run.error is not None:
                raise run.error
            return run.result

    def _execute(self, case: _Case, run: int) -> None:
        from pyflink.common import Configuration, Types, WatermarkStrategy
        from pyflink.datastream import StreamExecutionEnvironment
        from pyflink.util.java_utils import load_java_class

        from harness.pytest_plugin.operator_run import WATERMARK, Keyed, Plain

        options = Configuration()
        # A watermark waits for the end of the bundle before it.
        options.set_string("python.fn-execution.bundle.size", "1")
        options.set_string("parallelism.default", "1")
        env = StreamExecutionEnvironment.get_execution_environment(options)
        env.add_jars(self._jar().as_uri())
        strategy = WatermarkStrategy(load_java_class(CLASS).getConstructors()[0].newInstance(None))
        row = Types.ROW([Types.INT(), Types.LONG(), Types.PRIMITIVE_ARRAY(Types.BYTE())])
        stream = (
            env.from_collection(case.rows, row)
            .assign_timestamps_and_watermarks(strategy)
            .filter(lambda fields: fields[0] != WATERMARK)
        )
        if case.keyed:
            by_key = stream.key_by(_key_of, case.key_type or Types.PICKLED_BYTE_ARRAY())
            emitted = by_key.process(Keyed(case.function, case.call, run), case.output_type)
        else:
            emitted = stream.process(Plain(case.function, case.call, run), case.output_type)
        sink = load_java_class("org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink")
        emitted._j_data_stream.sinkTo(sink.getConstructors()[0].newInstance(None))  # noqa: SLF001 - no Python name
        env.execute(f"operator {type(case.function).__name__}")

    def _jar(self) -> Path:
        """A jar with our watermarks, compiled once per lease by the compiler that Flink ships."""
        assert self._cluster.lease is not None
        path = Path(self._cluster.lease.grant.folder) / "operator.jar"
        if not path.exists():
            from pyflink.java_gateway import get_gateway

            compiler = get_gateway().jvm.org.codehaus.janino.SimpleCompiler()
            compiler.cook(SOURCE.read_text())
            classes = compiler.getBytecodes()
            with zipfile.ZipFile(path, "w") as jar:
                for name in classes:
                    jar.writestr(f"{name.replace('.', '/')}.class", bytes(classes[name]))
        return path


def _rows(
    steps: Sequence[Record | Watermark | ProcessingTime], key: Callable[[Any], Any] | None
) -> list[Any]:
    from pyflink.common import Row

    from harness.pytest_plugin.operator_run import CLOCK, RECORD, WATERMARK

    rows = []
    keys: dict[Any, None] = {}
    for step in steps:
        match step:
            case Record(value, timestamp, which):
                own = key(value) if key is not None else None
                keys[own] = None
                rows.append(Row(RECORD, timestamp, _packed(own, value, which)))
            case Watermark(timestamp):
                rows.append(Row(WATERMARK, timestamp, _packed(None, None, 1)))
            case ProcessingTime(timestamp):
                # A timer fires with the state of its key, which Flink knows by a record with that key.
                rows += [Row(CLOCK, timestamp, _packed(own, None, 1)) for own in keys]
    return rows


def _packed(key: Any, value: Any, which: int) -> bytearray:
    return bytearray(pickle.dumps((key, value, which)))


def _key_of(fields: Any) -> Any:
    return pickle.loads(bytes(fields[2]))[0]  # noqa: S301 - our own bytes


def _call_of(function: Any, *, keyed: bool) -> str:
    """How the function is called.

    Raises:
        TypeError: It needs a key, or it is no function of an operator.
    """
    if hasattr(function, "process_element1"):
        call = "co_process"
    else:
        methods = {"process_element": "process", "flat_map": "flat_map", "map": "map", "filter": "filter"}
        call = next((call for method, call in methods.items() if hasattr(function, method)), "")
    if not call and not callable(function):
        raise TypeError(
            f"{type(function).__name__} is no function of an operator: "
            "it has no process_element, process_element1, flat_map, map or filter"
        )
    if not keyed and hasattr(function, "on_timer"):
        raise TypeError(f"{type(function).__name__} has timers, which need a key: name it with key=...")
    return call
