"""Gives every word back after some time of the real clock."""

import os
from collections.abc import Iterator

from pyflink.common import Duration, Encoder, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, RollingPolicy, StreamFormat


class Remind(KeyedProcessFunction):
    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> None:
        now = ctx.timer_service().current_processing_time()
        ctx.timer_service().register_processing_time_timer(now + int(os.environ["AFTER_MS"]))

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[str]:
        yield ctx.get_current_key()


def main() -> None:
    environment = StreamExecutionEnvironment.get_execution_environment()
    source = (
        FileSource.for_record_stream_format(StreamFormat.text_line_format(), os.environ["WORDS"])
        .monitor_continuously(Duration.of_millis(50))
        .build()
    )
    words = environment.from_source(source, WatermarkStrategy.no_watermarks(), "words")
    reminded = words.key_by(lambda word: word, Types.STRING()).process(Remind(), Types.STRING())
    reminded.sink_to(
        FileSink.for_row_format(os.environ["REMINDED"], Encoder.simple_string_encoder())
        .with_rolling_policy(RollingPolicy.on_checkpoint_rolling_policy())
        .build()
    )
    environment.execute()


if __name__ == "__main__":
    main()
