"""Copies words from one topic to another."""

import os

from pyflink.common import SimpleStringSchema, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource

env = StreamExecutionEnvironment.get_execution_environment()
source = (
    KafkaSource.builder()
    .set_bootstrap_servers(os.environ["BROKERS"])
    .set_topics(os.environ["WORDS"], os.environ["COPIES"])
    .set_starting_offsets(KafkaOffsetsInitializer.latest())
    .set_value_only_deserializer(SimpleStringSchema())
    .build()
)
env.execute("words")
env.from_source(source, WatermarkStrategy.no_watermarks(), "words").print()
