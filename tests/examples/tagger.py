"""Marks bots among the events of web and app; events without a user go to a topic of their own."""

import os

from pyflink.common import SimpleStringSchema, WatermarkStrategy
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource


def events(env, topic):
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(os.environ["BROKERS"])
        .set_topics(topic)
        .set_starting_offsets(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema("ISO-8859-1"))
        .build()
    )
    return env.from_source(source, WatermarkStrategy.for_monotonous_timestamps(), topic)


def main():
    env = StreamExecutionEnvironment.get_execution_environment()
    events(env, "web.events").union(events(env, "app.events")).print()
    env.execute("tagger")


if __name__ == "__main__":
    main()
