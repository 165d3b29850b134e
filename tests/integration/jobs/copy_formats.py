"""Copies rows and changes between topics of different formats; arguments are `name=topic`."""

import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

FIELDS = "id INT, name STRING, amount DECIMAL(8, 2), made_at TIMESTAMP(3), ok BOOLEAN"
CSV = (
    "'value.format' = 'csv', 'value.csv.null-literal' = 'NULL', 'value.csv.field-delimiter' = '|', "
    "'key.format' = 'csv', 'key.fields' = 'id'"
)
COPIES = [
    ("csv_in", CSV, "avro_out", "'format' = 'avro'"),
    ("avro_in", "'format' = 'avro'", "csv_out", CSV),
    ("debezium_in", "'format' = 'debezium-json'", "canal_out", "'format' = 'canal-json'"),
    (
        "enveloped_in",
        "'format' = 'debezium-json', 'debezium-json.schema-include' = 'true'",
        "debezium_out",
        "'format' = 'debezium-json'",
    ),
    ("canal_in", "'format' = 'canal-json'", "maxwell_out", "'format' = 'maxwell-json'"),
    ("maxwell_in", "'format' = 'maxwell-json'", "ogg_out", "'format' = 'ogg-json'"),
    ("ogg_in", "'format' = 'ogg-json'", "upsert_out", "upsert"),
    ("kept", "upsert", "kept_out", "'format' = 'debezium-json'"),
]
UPSERT = "'key.format' = 'json', 'value.format' = 'json', 'value.fields-include' = 'EXCEPT_KEY'"


def table(name, topic, brokers, options):
    kafka = f"'topic' = '{topic}', 'properties.bootstrap.servers' = '{brokers}'"
    if options == "upsert":
        return f"""
            CREATE TABLE {name} ({FIELDS}, PRIMARY KEY (id) NOT ENFORCED)
            WITH ('connector' = 'upsert-kafka', {kafka}, {UPSERT})
        """
    start = "'properties.group.id' = 'copy', 'scan.startup.mode' = 'latest-offset'"
    return f"CREATE TABLE {name} ({FIELDS}) WITH ('connector' = 'kafka', {kafka}, {start}, {options})"


def main():
    topics = dict(argument.split("=", 1) for argument in sys.argv[1:])
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    # So seldom that nothing would ever be committed by itself.
    table_env.get_config().set("execution.checkpointing.interval", "1 h")
    table_env.get_config().set("table.exec.sink.upsert-materialize", "NONE")
    statements = table_env.create_statement_set()
    for source, read, sink, written in COPIES:
        for name, options in ((source, read), (sink, written)):
            table_env.execute_sql(table(name, topics[name], topics["brokers"], options))
        statements.add_insert_sql(f"INSERT INTO {sink} SELECT * FROM {source}")
    statements.execute()


if __name__ == "__main__":
    main()
