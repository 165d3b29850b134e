"""A job without any connector from outside: what jobs with jars of their own have in common."""

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


def main() -> None:
    """Group what a Python function made of generated rows."""
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table_env.create_temporary_function("same", udf(lambda text: text, result_type=DataTypes.STRING()))
    table_env.execute_sql(
        "CREATE TABLE events (id STRING, amount DECIMAL(10, 2), seen AS PROCTIME()) "
        "WITH ('connector' = 'datagen', 'rows-per-second' = '5')"
    )
    table_env.execute_sql(
        "CREATE TABLE totals (id STRING, amount DECIMAL(10, 2), PRIMARY KEY (id) NOT ENFORCED) "
        "WITH ('connector' = 'blackhole')"
    )
    table_env.execute_sql("INSERT INTO totals SELECT same(id), SUM(amount) FROM events GROUP BY same(id)")


if __name__ == "__main__":
    main()
