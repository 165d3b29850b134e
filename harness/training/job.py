"""A job that walks through what most jobs use, so that a class-data archive holds those classes."""

import os

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


def main() -> None:
    """Read a topic, look a row up, run a Python function, write to a topic and a table."""
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    aurora = (
        f"'connector' = 'jdbc', 'url' = '{os.environ['JDBC_URL']}', "
        f"'username' = '{os.environ['DB_USER']}', 'password' = '{os.environ['DB_PASSWORD']}'"
    )
    kafka = f"'connector' = 'kafka', 'properties.bootstrap.servers' = '{os.environ['BROKERS']}'"
    table_env.create_temporary_function("same", udf(lambda text: text, result_type=DataTypes.STRING()))
    table_env.execute_sql(
        "CREATE TABLE events (id STRING, amount DECIMAL(10, 2), seen AS PROCTIME()) "
        f"WITH ({kafka}, 'topic' = '{os.environ['EVENTS']}', 'scan.startup.mode' = 'latest-offset', "
        "'properties.group.id' = 'training', 'format' = 'json')"
    )
    table_env.execute_sql(
        f"CREATE TABLE names (id STRING, name STRING) WITH ({aurora}, 'table-name' = 'names')"
    )
    table_env.execute_sql(
        "CREATE TABLE totals (id STRING, amount DECIMAL(10, 2), name STRING, PRIMARY KEY (id) NOT ENFORCED) "
        f"WITH ({aurora}, 'table-name' = 'totals')"
    )
    table_env.execute_sql(
        "CREATE TABLE copies (id STRING, amount DECIMAL(10, 2)) "
        f"WITH ({kafka}, 'topic' = '{os.environ['COPIES']}', 'format' = 'json')"
    )
    statements = table_env.create_statement_set()
    statements.add_insert_sql(
        "INSERT INTO totals SELECT same(e.id), e.amount, n.name FROM events AS e "
        "LEFT JOIN names FOR SYSTEM_TIME AS OF e.seen AS n ON e.id = n.id WHERE e.amount > 0"
    )
    statements.add_insert_sql("INSERT INTO copies SELECT same(id), amount FROM events")
    statements.execute()


if __name__ == "__main__":
    main()
