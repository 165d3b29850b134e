"""Counts words as they come: in Flink's state, or in a variable, which no checkpoint holds."""

import argparse
import json

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from pyflink.datastream.functions import KeyedProcessFunction
from pyflink.datastream.state import ValueStateDescriptor


class InState(KeyedProcessFunction):
    def open(self, runtime_context):
        self.count = runtime_context.get_state(ValueStateDescriptor("count", Types.LONG()))

    def process_element(self, value, ctx):
        count = (self.count.value() or 0) + 1
        self.count.update(count)
        yield json.dumps({"word": value["word"], "times": count})


class InVariable(KeyedProcessFunction):
    def __init__(self):
        self.counts = {}

    def process_element(self, value, ctx):
        self.counts[value["word"]] = self.counts.get(value["word"], 0) + 1
        yield json.dumps({"word": value["word"], "times": self.counts[value["word"]]})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--keep", default="state")
    parser.add_argument("--uid", default="counts")
    options = parser.parse_args()
    environment = StreamExecutionEnvironment.get_execution_environment()
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(options.brokers)
        .set_topics(options.source)
        .set_group_id("keep-counts")
        .set_starting_offsets(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    schema = (
        KafkaRecordSerializationSchema.builder()
        .set_topic(options.target)
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    sink = KafkaSink.builder().set_bootstrap_servers(options.brokers).set_record_serializer(schema).build()
    (
        environment.from_source(source, WatermarkStrategy.no_watermarks(), "words")
        .uid("words")
        .map(json.loads, Types.PICKLED_BYTE_ARRAY())
        .key_by(lambda row: row["word"], Types.STRING())
        .process(InState() if options.keep == "state" else InVariable(), Types.STRING())
        .uid(options.uid)
        .sink_to(sink)
        .uid("sink")
    )
    environment.execute("keep-counts")


if __name__ == "__main__":
    main()
