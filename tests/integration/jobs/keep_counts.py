"""Counts words as they come: in Flink's state, or in a variable or a file, which no checkpoint holds."""

import argparse
import json
import tempfile
from pathlib import Path

from pyflink.common import SimpleStringSchema, Types, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.base import DeliveryGuarantee
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


class InFile(KeyedProcessFunction):
    def process_element(self, value, ctx):
        seen = Path(tempfile.gettempdir()) / "seen-words"
        with seen.open("a") as file:
            file.write(value["word"] + "\n")
        count = seen.read_text().splitlines().count(value["word"])
        yield json.dumps({"word": value["word"], "times": count})


KEEPERS = {"state": InState, "variable": InVariable, "file": InFile}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--keep", default="state", choices=KEEPERS)
    parser.add_argument("--exactly-once", action="store_true")
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
    sink = KafkaSink.builder().set_bootstrap_servers(options.brokers).set_record_serializer(schema)
    if options.exactly_once:
        # Flink's default of an hour is more than a broker allows.
        sink = sink.set_property("transaction.timeout.ms", "600000")
        sink = sink.set_transactional_id_prefix("counts-" + options.target)
        sink = sink.set_delivery_guarantee(DeliveryGuarantee.EXACTLY_ONCE)
    (
        environment.from_source(source, WatermarkStrategy.no_watermarks(), "words")
        .uid("words")
        .map(json.loads, Types.PICKLED_BYTE_ARRAY())
        .key_by(lambda row: row["word"], Types.STRING())
        .process(KEEPERS[options.keep](), Types.STRING())
        .uid(options.uid)
        .sink_to(sink.build())
        .uid("sink")
    )
    environment.execute("keep-counts")


if __name__ == "__main__":
    main()
