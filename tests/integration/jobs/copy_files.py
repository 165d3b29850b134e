"""Copies lines of files that appear in a folder into files that every checkpoint finishes, or only their size."""

import os

from pyflink.common import Duration, Encoder, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, RollingPolicy, StreamFormat


def main() -> None:
    environment = StreamExecutionEnvironment.get_execution_environment()
    source = (
        FileSource.for_record_stream_format(StreamFormat.text_line_format(), os.environ["SOURCE"])
        .monitor_continuously(Duration.of_millis(50))
        .build()
    )
    words = environment.from_source(source, WatermarkStrategy.no_watermarks(), "words")
    copies = words.map(lambda word: "BOOM" if word == "lost" else word, Types.STRING())
    if "KEEP_OPEN" in os.environ:
        policy = RollingPolicy.default_rolling_policy()
    else:
        policy = RollingPolicy.on_checkpoint_rolling_policy()
    encoder = Encoder.simple_string_encoder()
    sink = FileSink.for_row_format(os.environ["SINK"], encoder).with_rolling_policy(policy).build()
    copies.sink_to(sink)
    environment.execute()


if __name__ == "__main__":
    main()
