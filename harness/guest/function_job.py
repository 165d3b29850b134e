"""The job around a `function:` of a pipeline: its streams come from memory, and what it returns goes there.

Rows travel as lines of JSON in files that only the harness and this job know; `values.py` of the harness'
codecs is the other end of `decoded` and `encoded`.
Runs in the job's interpreter: standard library and PyFlink alone, Python 3.8 syntax.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import sys
import uuid
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, Mapping, Sequence

from pyflink.common import Duration, Encoder, Row, Types, WatermarkStrategy
from pyflink.common.watermark_strategy import TimestampAssigner
from pyflink.datastream import (
    DataStream,
    FilterFunction,
    FlatMapFunction,
    KeyedProcessFunction,
    KeyedStream,
    MapFunction,
    ProcessFunction,
    StreamExecutionEnvironment,
)
from pyflink.datastream.connectors.file_system import FileSink, FileSource, RollingPolicy, StreamFormat
from pyflink.table.udf import UserDefinedFunction, UserDefinedFunctionWrapper

MONITOR_MS = 10
NO_TIME = -(2**63)
"""The timestamp of a row that has none, as those of tables."""


def decoded(value: Any) -> Any:
    """A value as it was before it became JSON."""
    if isinstance(value, dict):
        return {name: decoded(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    kind, items = value[0], value[1:]
    if kind == "list":
        return [decoded(item) for item in items]
    return READERS[kind](items[0])


def encoded(value: Any) -> Any:
    """A value as JSON has it, with a list that begins with its kind for all that JSON has not."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Row):
        return encoded(value.as_dict())
    if isinstance(value, Mapping):
        return {str(name): encoded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return ["list", *[encoded(item) for item in value]]
    if isinstance(value, datetime):
        return ["local" if value.tzinfo is None else "instant", value.isoformat()]
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", base64.b64encode(value).decode()]
    for kind, of in (("decimal", Decimal), ("date", date), ("time", time), ("uuid", uuid.UUID)):
        if isinstance(value, of):
            return [kind, str(value)]
    if hasattr(value, "item"):  # a number of numpy's
        return encoded(value.item())
    raise TypeError("a row holds a " + type(value).__name__ + ", which no field can be")


READERS: Dict[str, Callable[[str], Any]] = {
    "decimal": Decimal,
    "instant": datetime.fromisoformat,
    "local": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "uuid": uuid.UUID,
    "bytes": base64.b64decode,
}


class At(TimestampAssigner):  # type: ignore[misc]  # of PyFlink, which has no types
    """The time that a line says."""

    def extract_timestamp(self, value: Any, record_timestamp: int) -> int:  # noqa: ARG002 - Flink gives it
        """See TimestampAssigner."""
        return int(value["at"])


class Rows(FlatMapFunction):  # type: ignore[misc]
    """The rows of lines; a line without one is only there for its time."""

    def flat_map(self, value: Any) -> Iterator[Any]:
        """See FlatMapFunction."""
        if "row" in value:
            yield decoded(value["row"])


class Lines(ProcessFunction):  # type: ignore[misc]
    """The lines of what a function gave."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self._name = name
        self._columns = columns

    def process_element(self, value: Any, ctx: Any) -> Iterator[str]:
        """See ProcessFunction."""
        row, at = encoded(self._fields(value)), ctx.timestamp()
        yield json.dumps({"at": None if at == NO_TIME else at, "row": row})

    def _fields(self, value: Any) -> Any:
        if isinstance(value, Mapping) or (isinstance(value, Row) and hasattr(value, "_fields")):
            return value
        several = isinstance(value, (Row, tuple))
        values = list(value) if several else [value]
        if len(values) == len(self._columns):
            return dict(zip(self._columns, values))
        wanted = "a row is a dict or a Row with names, or has a value for each of its `columns`"
        raise TypeError("`{}` got {!r}: {}".format(self._name, value, wanted))


def main() -> None:
    """Build the job and submit it."""
    job = json.loads(sys.argv[1])
    environment = StreamExecutionEnvironment.get_execution_environment()
    streams = {name: source(environment, name, told["folder"]) for name, told in job["sources"].items()}
    given = result(imported(job["function"]), environment, streams, job)
    for name, told in job["sinks"].items():
        sink(given[name], name, told)
    environment.execute()


def imported(function: str) -> Any:
    """What `module:name` names."""
    module, _, name = function.partition(":")
    found = importlib.import_module(module)
    if not hasattr(found, name):
        raise AttributeError("`{}` has no `{}`".format(module, name))
    return getattr(found, name)


def source(environment: StreamExecutionEnvironment, name: str, folder: str) -> DataStream:
    """The rows of a source, in their order, with their times."""
    files = (
        FileSource.for_record_stream_format(StreamFormat.text_line_format(), folder)
        .monitor_continuously(Duration.of_millis(MONITOR_MS))
        .build()
    )
    times = WatermarkStrategy.for_monotonous_timestamps().with_timestamp_assigner(At())
    parallelism = environment.get_parallelism()
    # One task: rows stay in their order, and no subtask without a file holds event time back.
    environment.set_parallelism(1)
    lines = environment.from_source(files, WatermarkStrategy.no_watermarks(), name)
    rows = lines.map(json.loads).assign_timestamps_and_watermarks(times).flat_map(Rows())
    environment.set_parallelism(parallelism)
    return rows


def result(
    function: Any,
    environment: StreamExecutionEnvironment,
    streams: Mapping[str, DataStream],
    job: Mapping[str, Any],
) -> Dict[str, DataStream]:
    """The streams that a function gives, by the names of the sinks."""
    sinks = list(job["sinks"])
    if inspect.isclass(function) and not issubclass(function, UserDefinedFunction):
        if len(streams) != 1 or len(sinks) != 1:
            raise TypeError("a class is given one source and one sink; write a function for more")
        (stream,) = streams.values()
        (told,) = job["sources"].values()
        return {sinks[0]: applied(function(), stream, told["key"])}
    if inspect.isclass(function) or isinstance(function, (UserDefinedFunction, UserDefinedFunctionWrapper)):
        wanted = "write a function of streams that makes tables of them, `StreamTableEnvironment.create(env)`"
        raise TypeError("`{}` is a function of tables: {}".format(job["function"], wanted))
    try:
        inspect.signature(function).bind(environment, **streams)
    except TypeError as error:
        names = ", ".join(["env", *streams])
        raise TypeError("`{}` must take ({}): {}".format(job["function"], names, error)) from None
    given = function(environment, **streams)
    if not isinstance(given, Mapping) or set(given) != set(sinks):
        shown = sorted(given) if isinstance(given, Mapping) else type(given).__name__
        wanted = "{" + ", ".join('"{}": ...'.format(name) for name in sinks) + "}"
        raise TypeError("`{}` must return {}, and it returned {}".format(job["function"], wanted, shown))
    return dict(given)


def applied(function: Any, stream: DataStream, key: Sequence[str]) -> DataStream:
    """What one function of PyFlink makes of a stream."""
    keyed = stream.key_by(lambda row: tuple(row[name] for name in key)) if key else stream
    if isinstance(function, KeyedProcessFunction) and not key:
        raise TypeError("a KeyedProcessFunction needs the `key` of its source")
    for kind, way in (
        ((KeyedProcessFunction,), "process"),
        ((ProcessFunction,), "process"),
        ((MapFunction,), "map"),
        ((FlatMapFunction,), "flat_map"),
        ((FilterFunction,), "filter"),
    ):
        if isinstance(function, kind):
            of = stream if kind == (ProcessFunction,) else keyed
            return getattr(of, way)(function)
    raise TypeError(type(function).__name__ + " is no function of a DataStream")


def sink(stream: Any, name: str, told: Mapping[str, Any]) -> None:
    """Let the rows of a stream be there after every checkpoint."""
    if not isinstance(stream, DataStream):
        raise TypeError("`{}` is a {}, and a DataStream is needed".format(name, type(stream).__name__))
    if isinstance(stream, KeyedStream):
        stream = stream.map(lambda row: row)
    lines = stream.process(Lines(name, told["columns"]), Types.STRING()).set_parallelism(1)
    policy = RollingPolicy.on_checkpoint_rolling_policy()
    files = FileSink.for_row_format(told["folder"], Encoder.simple_string_encoder()).with_rolling_policy(
        policy
    )
    lines.sink_to(files.build()).set_parallelism(1)


if __name__ == "__main__":
    main()
