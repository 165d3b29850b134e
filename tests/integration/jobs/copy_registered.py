"""Copies changes and keyed rows between topics whose schemas are in a registry; arguments are `name=value`."""

import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

CHANGES = "id INT, name STRING, amount DECIMAL(8, 2)"
ORDERS = "id INT, customer STRING, address ROW<city STRING>"


def table(name, columns, given, options):
    return f"""
        CREATE TABLE {name} ({columns}) WITH (
            'connector' = 'kafka',
            'topic' = '{given[name]}',
            'properties.bootstrap.servers' = '{given["brokers"]}',
            'properties.group.id' = 'copy',
            'scan.startup.mode' = 'latest-offset',
            {options}
        )
    """


def main():
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    url = given["registry"]
    changes = f"'format' = 'debezium-avro-confluent', 'debezium-avro-confluent.url' = '{url}'"
    keyed = f"""
        'key.format' = 'avro-confluent', 'key.avro-confluent.url' = '{url}', 'key.fields' = 'id',
        'value.format' = 'avro-confluent', 'value.avro-confluent.url' = '{url}',
        'value.fields-include' = 'ALL'
    """
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    # So seldom that nothing would ever be committed by itself.
    table_env.get_config().set("execution.checkpointing.interval", "1 h")
    statements = table_env.create_statement_set()
    for source, sink, columns, options in (
        ("changes_in", "changes_out", CHANGES, changes),
        ("orders_in", "orders_out", ORDERS, keyed),
    ):
        table_env.execute_sql(table(source, columns, given, options))
        table_env.execute_sql(table(sink, columns, given, options))
        statements.add_insert_sql(f"INSERT INTO {sink} SELECT * FROM {source}")
    statements.execute()


if __name__ == "__main__":
    main()
