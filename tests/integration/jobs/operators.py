"""Functions that a harness runs without a job of their own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream import DataStream, KeyedProcessFunction, OutputTag, ProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.table import DataTypes, StreamTableEnvironment
from pyflink.table.expressions import col
from pyflink.table.udf import udf, udtf

REFUSED = OutputTag("refused", Types.PICKLED_BYTE_ARRAY())


class Sums(KeyedProcessFunction):
    """Sums the amounts of an account up; at the end of each minute of event time it gives the sum."""

    def open(self, runtime_context: Any) -> None:
        self.sum = runtime_context.get_state(ValueStateDescriptor("sum", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, value: dict[str, Any], ctx: KeyedProcessFunction.Context) -> None:
        self.sum.update((self.sum.value() or 0) + value["amount"])
        minute = ctx.timestamp() // 60_000 * 60_000 + 59_999
        ctx.timer_service().register_event_time_timer(minute)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[dict[str, Any]]:
        yield {"account": ctx.get_current_key()[0], "sum": self.sum.value()}


class Check(ProcessFunction):
    """Refuses what has no amount."""

    def process_element(self, value: dict[str, Any], ctx: ProcessFunction.Context) -> Iterator[Any]:
        if value["amount"] is None:
            yield REFUSED, value
        else:
            yield {**value, "due": value["booked_at"] + timedelta(days=1)}


class Counts(KeyedProcessFunction):
    """Counts the rows of an account, and gives their number at the end of each minute of event time."""

    def open(self, runtime_context: Any) -> None:
        self.rows = runtime_context.get_state(ValueStateDescriptor("rows", Types.LONG()))

    def process_element(self, value: dict[str, Any], ctx: KeyedProcessFunction.Context) -> None:
        self.rows.update((self.rows.value() or 0) + 1)
        ctx.timer_service().register_event_time_timer(ctx.timestamp() // 60_000 * 60_000 + 59_999)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[dict[str, Any]]:
        yield {"account": ctx.get_current_key(), "rows": self.rows.value()}


def counted(env: StreamExecutionEnvironment, bookings: DataStream, closings: DataStream) -> dict[str, DataStream]:
    both = bookings.union(closings)
    return {"counts": both.key_by(lambda row: row["account"], Types.STRING()).process(Counts())}


def check(env: StreamExecutionEnvironment, bookings: DataStream) -> dict[str, DataStream]:
    checked = bookings.process(Check())
    refused = checked.get_side_output(REFUSED).map(
        lambda booking: Row(account=booking["account"]), Types.ROW_NAMED(["account"], [Types.STRING()])
    )
    return {"checked": checked, "refused": refused}


def forgets_one(env: StreamExecutionEnvironment, bookings: DataStream) -> dict[str, DataStream]:
    return {"checked": bookings}


def of_other_sources(env: StreamExecutionEnvironment, orders: DataStream) -> dict[str, DataStream]:
    return {"checked": orders, "refused": orders}


@udf(result_type=DataTypes.STRING())
def loud(word: str) -> str:
    return word.upper()


@udf(result_type=DataTypes.DECIMAL(10, 2), func_type="pandas")
def doubled(prices: Any) -> Any:
    return prices * 2


@udtf(result_types=[DataTypes.STRING()])
def letters(word: str) -> Iterator[str]:
    yield from word


def spelled(env: StreamExecutionEnvironment, words: DataStream) -> dict[str, DataStream]:
    """Functions of tables, in a job of streams."""
    tables = StreamTableEnvironment.create(env)
    typed = Types.ROW_NAMED(["word", "price"], [Types.STRING(), Types.BIG_DEC()])
    rows = words.map(lambda row: Row(word=row["word"], price=row["price"]), typed)
    given = tables.from_data_stream(rows)
    shouted = given.select(loud(col("word")).alias("word"), doubled(col("price")).alias("price"))
    letter = given.join_lateral(letters(col("word")).alias("letter")).select(col("word"), col("letter"))
    return {"shouted": tables.to_data_stream(shouted), "letters": tables.to_data_stream(letter)}
